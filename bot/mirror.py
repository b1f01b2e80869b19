"""Mirrors: the day's figures on other channels through apprise; off unless addresses are set (QIANTONG_MIRRORS)."""

import asyncio
import hashlib
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine

from bot.bell import Bell
from bot.settings import SettingError
from handlers import mirror as words
from models import mirror, people
from models.act import Act
from models.base import writing
from models.policy import Policy

log = logging.getLogger("qiantong.mirror")

# What a channel answers with status 200 when it took a message; the library looks at the status alone (0071).
_GOOD: dict[str, tuple[str, int]] = {
    "wecombot": ("errcode", 0),
    "dingtalk": ("errcode", 0),
    "feishu": ("code", 0),
    "lark": ("code", 0),
    "schan": ("code", 0),
    "pushplus": ("code", 200),
}


@dataclass
class Channel:
    """One address: `plugin` is apprise's, `mark` a digest of the address, `name` what people may read."""

    plugin: Any
    mark: str
    name: str
    error: str = ""

    def send(self, text: str) -> str:
        """Send the figures, in parts that the channel takes; returns why it failed, or nothing."""
        self.error = ""
        for part in parts(text, self.plugin.body_maxlen):
            try:
                with _watched(self):
                    taken = self.plugin.notify(body=part, title="")
            except Exception as error:
                return f"{type(error).__name__}"
            if not taken or self.error:
                return self.error or "对方没有接受"
        return ""

    def judge(self, answer: Any) -> None:
        """Notice an error inside an answer with status 200."""
        try:
            body = answer.json()
        except ValueError:
            return
        if answer.status_code != 200 or not isinstance(body, dict):
            return
        name, good = _GOOD.get(self.plugin.service_scheme, ("errcode", 0))
        value = body.get(name)
        if value is not None and str(value) != str(good):
            said = body.get("errmsg") or body.get("msg") or body.get("message") or ""
            self.error = f"对方答复 {name}={value} {said}".strip()[:120]


class _Schemed:
    """A plugin with the scheme of its address, which apprise does not keep."""

    def __init__(self, plugin: Any, scheme: str) -> None:
        self._plugin, self.service_scheme = plugin, scheme

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plugin, name)


class _watched:
    """While it lasts, answers to the plugin's requests are judged; other users of the library see nothing of it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._module: Any = sys.modules[type(channel.plugin._plugin).__module__]
        self._before = getattr(self._module, "requests", None)

    def __enter__(self) -> None:
        if self._before is None:
            return
        kept = {name: getattr(self._before, name) for name in dir(self._before) if not name.startswith("__")}
        judged = {name: self._judged(kept[name]) for name in ("get", "patch", "post", "put", "request")}
        self._module.requests = SimpleNamespace(**{**kept, **judged})

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            self._module.requests = self._before

    def _judged(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*values: Any, **named: Any) -> Any:
            answer = call(*values, **named)
            self._channel.judge(answer)
            return answer

        return run


def channels(addresses: Iterable[str]) -> list[Channel]:
    """The channels of the setting; SettingError names which one cannot be read, by number: an address holds a token."""
    listed = list(addresses)
    if not listed:
        return []
    # Half a second of start and the memory of its plugins only for those who use it.
    import apprise

    # Its log names addresses, and these hold tokens.
    apprise.logger.disabled = True
    found = []
    for number, address in enumerate(listed, start=1):
        plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if plugin is None:
            raise SettingError(f"设置 QIANTONG_MIRRORS 不正确：第 {number} 个地址看不懂，请对照 apprise 的写法检查。")
        scheme = address.partition("://")[0].lower()
        mark = hashlib.sha256(address.encode()).hexdigest()[:16]
        found.append(Channel(_Schemed(plugin, scheme), mark, f"{plugin.service_name} {number}"))
    return found


def parts(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` bytes of UTF-8: some channels count bytes where others count characters."""
    found: list[str] = []
    current = ""
    for line in text.split("\n"):
        while len(line.encode()) > limit:
            head = line.encode()[:limit].decode(errors="ignore")
            found.extend(each for each in (current, head) if each)
            current, line = "", line[len(head) :]
        joined = f"{current}\n{line}" if current else line
        if len(joined.encode()) > limit:
            found.append(current)
            joined = line
        current = joined
    return [*found, current] if current else found


class Mirrors:
    """Sends the day's figures beside the office's own work, in a thread: no channel holds up the chat."""

    def __init__(
        self,
        found: list[Channel],
        *,
        engine: Engine,
        act: Callable[[Any], Act],
    ) -> None:
        self.channels = found
        self._engine, self._act = engine, act
        self._bell = Bell()

    def wake(self) -> None:
        """Look whether the figures are due. May be called from any thread."""
        self._bell.ring()

    async def run(self) -> None:
        """Until cancelled; does nothing where no channel is set."""
        if self.channels:
            await asyncio.to_thread(self._recover)
        while True:
            await self._bell.heard()
            if self.channels:
                await asyncio.to_thread(self.once)

    def once(self) -> int:
        """Send what is due and was not sent; returns on how many channels it went out."""
        sent = 0
        for channel in self.channels:
            with writing(self._engine) as session:
                act = self._act(session)
                who, day = mirror.sender(session), mirror.due(act)
                if who is None or day is None or not mirror.take(act, day, channel.mark):
                    continue
                text = words.text(replace(act, actor=who))
            error = channel.send(text)
            if error:
                log.error("mirror failed channel=%s", channel.name)
            with writing(self._engine) as session:
                mirror.settle(self._act(session), day, channel.mark, name=channel.name, error=error)
            sent += not error
        return sent

    def _recover(self) -> None:
        with writing(self._engine) as session:
            mirror.recover(self._act(session), {each.mark: each.name for each in self.channels})


def actor(
    policy: Callable[[str], Policy], clock: Callable[[], datetime], chat: str, *, simulated: bool
) -> Callable[[Any], Act]:
    """An act of nobody in a session, by the office's own profile."""

    def make(session: Any) -> Act:
        office = people.root(session)
        name = office.policy if office and office.policy else ""
        return Act(
            session=session,
            now=clock(),
            actor=None,
            policy=policy(name),
            entropy=lambda n: b"",
            source="mirror",
            chat=chat,
            simulated=simulated,
        )

    return make
