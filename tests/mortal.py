"""An office that is killed after every single message: a real process, real files, and people who go on talking."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from bot.chat.client import ChatPerson, ChatRefused, Message, words
from tests.real_office import free_address

START = 40.0
PATIENCE = 25.0


class MortalOffice:
    """`python -m bot run` on a data folder, started anew after each kill. `deaths` counts the kills."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.address = free_address()
        self.people: dict[str, ChatPerson] = {}
        self.links: dict[str, str] = {}
        self.deaths = 0
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and wait until the chat answers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QIANTONG_")}
        environment |= {
            "QIANTONG_DATA": str(self.data),
            "QIANTONG_CHAT_ADDRESS": self.address,
            "QIANTONG_TICK_SECONDS": "3600",
            "QIANTONG_LOG_LEVEL": "ERROR",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, stdout=asyncio.subprocess.PIPE, cwd=self.data
        )
        self._reading = asyncio.create_task(self._read())
        async with asyncio.timeout(START), httpx.AsyncClient(trust_env=False) as http:
            while True:
                try:
                    await http.get(f"http://{self.address}/auth/mode")
                    return
                except httpx.TransportError:
                    if self._process.returncode is not None:
                        raise RuntimeError("the office did not start") from None
                    await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        if self._reading is not None:
            await self._reading
        for person in self.people.values():
            await person.aclose()
        self._process = None
        self.deaths += 1

    async def dies(self) -> None:
        """Killed, and started again."""
        await self.kill()
        await self.start()

    async def personal_link(self, name: str) -> str:
        """A personal link that the office printed at its start."""
        async with asyncio.timeout(START):
            while name not in self.links:
                await asyncio.sleep(0.05)
        return self.links[name]

    async def hears(
        self,
        act: Callable[[], Awaitable[Any]],
        who: ChatPerson,
        wanted: str | Callable[[Message], bool],
        chat: int | None = None,
        *,
        done: str = "已经",
    ) -> Message | None:
        """Somebody does something, the process dies at that instant and comes back, and the answer still arrives.

        What was done but not answered is done again, as people would; a refusal that says that it is done (`done`)
        is an answer too, and then there is no message.
        """
        await who.look()
        before = dict(who.seen.get(chat or who.id, {}))

        def fresh(message: Message) -> bool:
            fits = wanted in words(message) if isinstance(wanted, str) else wanted(message)
            return fits and before.get(message["message_id"]) != message

        await act()
        await self.dies()
        for _ in range(3):
            try:
                return await who.until(fresh, chat, within=PATIENCE / 3)
            except TimeoutError:
                answer = await act()
                if isinstance(answer, dict) and done in str(answer.get("text") or ""):
                    return None
        return await who.until(fresh, chat, within=PATIENCE)

    async def _read(self) -> None:
        process = self._process
        assert process is not None and process.stdout is not None
        async for line in process.stdout:
            found = re.search(r"(\S+)\s+(http://\S+/link/\S+)", line.decode())
            if found:
                self.links[found[1]] = found[2]


def pressing(who: ChatPerson, label: str, message: Message, data: str | None = None) -> Callable[[], Awaitable[Any]]:
    """A press that waits for no answer the first time, since the process is about to die; later ones wait."""
    count = 0

    async def press() -> Any:
        nonlocal count
        count += 1
        try:
            return await who.presses(label, message=message, data=data, wait=0 if count == 1 else 5)
        except LookupError:
            # The message has another face by now: what the button did is done.
            return {"text": "已经办理"}
        except ChatRefused:
            return {"text": "已经办理"}

    return press
