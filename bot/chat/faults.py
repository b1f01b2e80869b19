"""Faults on order and the log of calls, with which tests try how a bot behaves."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.chat.wire import bad

KINDS = ("429", "403", "500", "reset_before", "reset_after", "delay")
KEPT_CALLS = 100_000


@dataclass
class Fault:
    """What is to go wrong: for a method ("*" for any) and perhaps one chat, so many times."""

    method: str
    kind: str
    times: int = 1
    chat_id: int | None = None
    seconds: float = 1.0


@dataclass
class Faults:
    """The faults still to come."""

    waiting: list[Fault] = field(default_factory=list)

    def order(self, fault: Fault) -> None:
        """Add a fault. Raises ApiError 400 for an unknown kind."""
        if fault.kind not in KINDS:
            raise bad(f"kind is one of {', '.join(KINDS)}")
        if fault.times > 0:
            self.waiting.append(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The first fault that fits a call, counted down; None for a call that may pass."""
        for fault in self.waiting:
            if fault.method.lower() in ("*", method.lower()) and fault.chat_id in (None, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Calls:
    """What bots really asked, in test mode only; the oldest are forgotten after 100,000."""

    on: bool
    seq: int = 0
    kept: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_CALLS))

    def add(self, **call: Any) -> None:
        """Note one call."""
        if self.on:
            self.seq += 1
            self.kept.append({"seq": self.seq, **call})

    def after(self, seq: int) -> list[dict[str, Any]]:
        """The calls with a higher number."""
        return [call for call in self.kept if call["seq"] > seq]
