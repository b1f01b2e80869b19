"""An answer as chat messages: HTML, inline buttons, files; split where it is too long (TOOLBOX, limits)."""

import io
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import MessageLimit, ParseMode
from telegram.error import BadRequest

from handlers import registry
from handlers.answer import Answer, Key
from models.act import Act
from models.outbox import Outbox


def markup(keys: tuple[tuple[Key, ...], ...]) -> InlineKeyboardMarkup | None:
    """Buttons as the chat wants them; a button named `url` opens its one argument."""
    if not keys:
        return None
    return InlineKeyboardMarkup([[_button(each) for each in row] for row in keys])


def parts(text: str, limit: int = int(MessageLimit.MAX_TEXT_LENGTH)) -> list[str]:
    """Cut at line ends so that each part fits. Our texts open and close every tag within a line."""
    if len(text) <= limit:
        return [text]
    found: list[str] = []
    current = ""
    for line in text.split("\n"):
        while len(line) > limit:
            # One line longer than a message can only be a list without breaks; cut at the last comma that fits.
            at = max(line.rfind("、", 0, limit), line.rfind("，", 0, limit)) + 1 or limit
            found.extend(each for each in (current, line[:at]) if each)
            current, line = "", line[at:]
        if current and len(current) + 1 + len(line) > limit:
            found.append(current)
            current = line
        else:
            current = f"{current}\n{line}" if current else line
    return [*found, current] if current else found


def notice(act: Act, row: Outbox) -> Answer | None:
    """What an outbox row says now."""
    return registry.NOTICES[row.kind](act, row)


async def post(bot: Bot, chat_id: int, answer: Answer, *, reply_to: int | None = None) -> Message:
    """Send an answer; returns the message that carries its buttons (the last one)."""
    reply: Any = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    if answer.file is not None:
        fits = len(answer.text) <= MessageLimit.CAPTION_LENGTH
        if not fits:
            for part in parts(answer.text):
                await bot.send_message(chat_id, part, parse_mode=ParseMode.HTML, reply_parameters=reply)
        file = InputFile(io.BytesIO(answer.file.data), filename=answer.file.name)
        caption = answer.text if fits else None
        send = bot.send_photo if answer.file.photo else bot.send_document
        return await send(
            chat_id,
            file,
            caption=caption or None,
            parse_mode=ParseMode.HTML,
            reply_markup=markup(answer.keys),
            reply_parameters=reply,
        )
    pieces = parts(answer.text)
    for part in pieces[:-1]:
        await bot.send_message(chat_id, part, parse_mode=ParseMode.HTML, reply_parameters=reply)
    return await bot.send_message(
        chat_id, pieces[-1], parse_mode=ParseMode.HTML, reply_markup=markup(answer.keys), reply_parameters=reply
    )


async def rewrite(bot: Bot, chat_id: int, message_id: int, answer: Answer) -> None:
    """Give a message a new face; the same face again is no error."""
    try:
        await bot.edit_message_text(
            parts(answer.text)[0],
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=markup(answer.keys),
        )
    except BadRequest as error:
        if "not modified" not in str(error).lower():
            raise


def _button(each: Key) -> InlineKeyboardButton:
    if each.name == "url":
        return InlineKeyboardButton(each.label, url=str(each.args[0]))
    return InlineKeyboardButton(each.label, callback_data=each.data)
