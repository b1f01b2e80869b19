"""Holds what the local chat answers to bots against Telegram's official reference, given as data."""

import json
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE = Path(__file__).parents[2] / "shared" / "data" / "telegram-bot-api-10.0.api.json"
PLAIN = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}


class Reference:
    """The types and methods of the Bot API; `problems` says what is wrong with a value."""

    def __init__(self) -> None:
        content = json.loads(FILE.read_text(encoding="utf-8"))
        self.types = content["types"]
        self.methods = {name.lower(): method for name, method in content["methods"].items()}

    def problems(self, kinds: list[str], value: Any, place: str = "result") -> list[str]:
        """What keeps a value from being of one of these types; empty if it is."""
        found = [self._one(kind, value, place) for kind in kinds]
        return [] if any(not problems for problems in found) else min(found, key=len)

    def _one(self, kind: str, value: Any, place: str) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{place} is no array"]
            inner = kind.removeprefix("Array of ")
            return [
                problem for index, one in enumerate(value) for problem in self._one(inner, one, f"{place}[{index}]")
            ]
        if kind in PLAIN:
            right = isinstance(value, PLAIN[kind]) and (kind == "Boolean" or not isinstance(value, bool))
            return [] if right else [f"{place} is no {kind}: {value!r}"]
        declared = self.types[kind]
        if "subtypes" in declared:
            return self.problems(declared["subtypes"], value, place)
        if not isinstance(value, dict):
            return [f"{place} is no {kind}"]
        fields = {field["name"]: field for field in declared.get("fields", [])}
        found = [f"{place}.{name} is unknown in {kind}" for name in value if name not in fields]
        for name, field in fields.items():
            if name in value:
                found += self.problems(field["types"], value[name], f"{place}.{name}")
            elif field["required"]:
                found.append(f"{place}.{name} is missing in {kind}")
        return found

    def answer(self, method: str, body: dict[str, Any]) -> list[str]:
        """What is wrong with the answer to a method."""
        if not body["ok"]:
            kinds = {"ok": bool, "error_code": int, "description": str}
            found = [f"{name} is wrong" for name, kind in kinds.items() if not isinstance(body.get(name), kind)]
            found += [f"{name} is unknown" for name in body if name not in kinds and name != "parameters"]
            return found + self._one("ResponseParameters", body.get("parameters", {}), "parameters")
        if method.lower() not in self.methods:
            return [f"{method} is no method but was answered"]
        return self.problems(self.methods[method.lower()]["returns"], body["result"])


class Checked:
    """An application in front of the chat's that holds each answer to a bot against the reference."""

    def __init__(self, app: ASGIApp, problems: list[str]) -> None:
        self.app = app
        self.problems = problems
        self.reference = Reference()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/bot"):
            await self.app(scope, receive, send)
            return
        method = scope["path"].rpartition("/")[2]
        body = bytearray()

        async def keep(message: Message) -> None:
            body.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, keep)
        if body:
            self.problems += [f"{method}: {one}" for one in self.reference.answer(method, json.loads(body))]
