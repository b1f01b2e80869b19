"""Keyboards under a message: checked and reduced to what the Bot API knows."""

import re
from typing import Any

from bot.chat.wire import bad

ACTIONS: dict[str, type] = {
    "callback_data": str,
    "url": str,
    "copy_text": dict,
    "login_url": dict,
    "web_app": dict,
    "switch_inline_query": str,
    "switch_inline_query_current_chat": str,
    "callback_game": dict,
    "pay": bool,
}
DATA_BYTES = 64


def check(markup: Any, *, inline_only: bool = False) -> dict[str, Any] | None:
    """A keyboard as it is stored, None for none.

    Raises ApiError 400 with Telegram's words: BUTTON_DATA_INVALID for data over 64 bytes, and so on.
    """
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline keyboard")
        kept = [[_inline(button) for button in row] for row in rows]
        kept = [row for row in kept if row]
        return {"inline_keyboard": kept} if kept else None
    if inline_only:
        raise bad("inline keyboard expected")
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "reply keyboard")
        shown = {"keyboard": [[_plain(button) for button in row] for row in rows]}
        flags = ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective", "input_field_placeholder")
        return shown | {key: markup[key] for key in flags if key in markup}
    if markup.get("remove_keyboard"):
        return {key: markup[key] for key in ("remove_keyboard", "selective") if key in markup}
    if markup.get("force_reply"):
        return {key: markup[key] for key in ("force_reply", "input_field_placeholder", "selective") if key in markup}
    raise bad("can't parse reply markup: unknown kind of keyboard")


def _rows(rows: Any, name: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(f"can't parse {name}: expected an Array of Array")
    if sum(len(row) for row in rows) > 100:
        raise bad("reply markup is too long")
    return rows


def _inline(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be non-empty')
    shown: dict[str, Any] = {"text": text}
    chosen = [key for key in ACTIONS if button.get(key) is not None]
    if not chosen:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    for key in chosen:
        if not isinstance(button[key], ACTIONS[key]):
            raise bad(f'can\'t parse inline keyboard button: Field "{key}" is of a wrong type')
        shown[key] = button[key]
    if "callback_data" in shown:
        data = shown["callback_data"]
        if not 1 <= len(data.encode()) <= DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    if "url" in shown and not re.match(r"(https?|tg|mailto|tel)://?[^\s]+", str(shown["url"])):
        raise bad(f"inline keyboard button URL '{shown['url']}' is invalid: Wrong HTTP URL")
    return shown


def _plain(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad('can\'t parse keyboard button: Field "text" must be non-empty')
    return {key: button[key] for key in ("text", "request_contact", "request_location") if key in button}
