"""Webhooks: updates posted to a bot's own address, in order, again and again until it takes them."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bot.chat import accounts, updates
from bot.chat.accounts import Person
from bot.chat.store import Store
from bot.chat.wire import bad

log = logging.getLogger("qiantong.chat")

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0


class Webhooks:
    """The deliveries under way, one task for each bot that has a webhook."""

    def __init__(self, store: Store, call: Callable[[Person, str, dict[str, Any]], Awaitable[None]]) -> None:
        self.store = store
        self.call = call
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.errors: dict[int, tuple[int, str]] = {}

    def _set(self, bot_id: int) -> dict[str, Any]:
        row = self.store.one("SELECT webhook FROM person WHERE id = ?", bot_id)
        return json.loads(row["webhook"]) if row and row["webhook"] else {}

    def url(self, bot_id: int) -> str:
        """Where a bot's updates go; empty while it polls."""
        return str(self._set(bot_id).get("url", ""))

    def info(self, bot_id: int) -> dict[str, Any]:
        """The Bot API's WebhookInfo."""
        hook = self._set(bot_id)
        shown: dict[str, Any] = {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": updates.pending(self.store, bot_id),
        }
        if hook:
            shown["max_connections"] = hook["max_connections"]
        row = self.store.one("SELECT allowed FROM person WHERE id = ?", bot_id)
        if row and row["allowed"]:
            shown["allowed_updates"] = json.loads(row["allowed"])
        if bot_id in self.errors:
            shown["last_error_date"], shown["last_error_message"] = self.errors[bot_id]
        return shown

    async def set(self, bot_id: int, url: str, secret: str, max_connections: int) -> None:
        """Send a bot's updates to an address from now on. Raises ApiError 400 for no http(s) address."""
        if not re.fullmatch(r"https?://[^\s/]+\S*", url):
            raise bad("bad webhook: an HTTP or HTTPS URL must be provided for webhook")
        hook = {"url": url, "secret": secret, "max_connections": min(max(max_connections, 1), 100)}
        with self.store.write() as db:
            db.execute("UPDATE person SET webhook = ? WHERE id = ?", (json.dumps(hook), bot_id))
        await self._end(bot_id)
        self.errors.pop(bot_id, None)
        self.start(bot_id)

    async def remove(self, bot_id: int) -> None:
        """End the deliveries of a bot; what waits stays for polling."""
        with self.store.write() as db:
            db.execute("UPDATE person SET webhook = NULL WHERE id = ?", (bot_id,))
        await self._end(bot_id)
        self.errors.pop(bot_id, None)

    def start(self, bot_id: int) -> None:
        """Begin the deliveries of a bot."""
        self.tasks[bot_id] = asyncio.create_task(self._deliver(bot_id, self._set(bot_id)))

    def start_all(self) -> None:
        """Begin the deliveries of all bots that had a webhook when the chat was last stopped."""
        for row in self.store.all("SELECT id FROM person WHERE webhook IS NOT NULL"):
            self.start(row["id"])

    async def stop_all(self) -> None:
        """End all deliveries; what was not taken is sent again after the next start."""
        for bot_id in list(self.tasks):
            await self._end(bot_id)

    async def _end(self, bot_id: int) -> None:
        task = self.tasks.pop(bot_id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _deliver(self, bot_id: int, hook: dict[str, Any]) -> None:
        headers = {"content-type": "application/json"}
        if hook["secret"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret"]
        wait = FIRST_WAIT
        async with httpx.AsyncClient(trust_env=False, timeout=30, headers=headers) as client:
            with self.store.waiting(bot_id) as news:
                while not self.store.stopping:
                    news.clear()
                    waiting = updates.first(self.store, bot_id, 1)
                    if not waiting:
                        await news.wait()
                        continue
                    try:
                        response = await client.post(hook["url"], content=waiting[0].encode())
                        problem = ""
                        if not response.is_success:
                            phrase = f"{response.status_code} {response.reason_phrase}"
                            problem = f"Wrong response from the webhook: {phrase}"
                    except httpx.HTTPError as error:
                        problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                    if problem:
                        self.errors[bot_id] = (self.store.now(), problem)
                        log.warning("webhook of bot %d: %s", bot_id, problem)
                        await asyncio.sleep(wait)
                        wait = min(wait * 2, LONGEST_WAIT)
                        continue
                    wait = FIRST_WAIT
                    updates.confirm(self.store, bot_id, json.loads(waiting[0])["update_id"] + 1)
                    await self._call_in_answer(bot_id, response)

    async def _call_in_answer(self, bot_id: int, response: httpx.Response) -> None:
        """A webhook may answer with one call of a method."""
        try:
            content = response.json()
        except ValueError:
            return
        if isinstance(content, dict) and isinstance(content.get("method"), str):
            values = {key: value for key, value in content.items() if key != "method"}
            await self.call(accounts.get(self.store, bot_id), content["method"], values)
