"""Rate limits: sliding windows on the monotonic clock, off until an administrator sets them."""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bot.chat.wire import ApiError


@dataclass
class Limits:
    """How many messages a bot may send: per second over all, per second to one chat, per minute to one group.

    Zero means no limit. answer_within is the time in seconds in which a pressed button can be answered.
    """

    per_second: int = 0
    per_chat_second: int = 0
    per_group_minute: int = 0
    answer_within: float = 15.0
    sent: dict[tuple[str, int, int], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, bot_id: int, chat_id: int, messages: int = 1) -> None:
        """Count messages of a bot to a chat; an album larger than a window passes while the window is empty.

        Raises ApiError 429 with retry_after (whole seconds, at least 1); what was refused is not counted.
        """
        now = time.monotonic()
        windows = []
        if self.per_second:
            windows.append((("all", bot_id, 0), self.per_second, 1.0))
        if self.per_chat_second:
            windows.append((("chat", bot_id, chat_id), self.per_chat_second, 1.0))
        if self.per_group_minute and chat_id < 0:
            windows.append((("group", bot_id, chat_id), self.per_group_minute, 60.0))
        wait = 0.0
        for key, most, seconds in windows:
            times = self.sent[key]
            while times and times[0] <= now - seconds:
                times.popleft()
            if times and len(times) + messages > most:
                # The messages fit once so many of the oldest have left the window.
                leaving = times[min(len(times) + messages - most, len(times)) - 1]
                wait = max(wait, leaving + seconds - now)
        if wait:
            raise too_many(math.ceil(wait))
        for key, _, _ in windows:
            self.sent[key].extend([now] * messages)


def too_many(seconds: int) -> ApiError:
    """The 429 that asks to wait."""
    seconds = max(seconds, 1)
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
