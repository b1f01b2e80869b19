"""An answer as chat messages: HTML, inline buttons, files; split where it is too long (TOOLBOX, limits)."""

import io
from dataclasses import replace
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import MessageLimit, ParseMode
from telegram.error import BadRequest

from handlers import registry
from handlers.answer import Answer, Key
from models.act import Act
from models.outbox import Outbox
from templates.texts import Html


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


def pieces(answer: Answer) -> list[Answer]:
    """The messages that an answer becomes, each within the chat's limits; the last one carries its buttons."""
    if answer.file is not None and len(answer.text) <= MessageLimit.CAPTION_LENGTH:
        return [answer]
    texts = [Answer(Html(part)) for part in parts(answer.text)]
    if answer.file is not None:
        return [*texts, replace(answer, text=Html())]
    return [*texts[:-1], replace(answer, text=texts[-1].text)]


async def post(bot: Bot, chat_id: int, answer: Answer, *, reply_to: int | None = None) -> Message:
    """Send an answer; returns the message that carries its buttons (the last one)."""
    *first, last = pieces(answer)
    for each in first:
        await post_piece(bot, chat_id, each, reply_to=reply_to)
    return await post_piece(bot, chat_id, last, reply_to=reply_to)


async def post_piece(bot: Bot, chat_id: int, piece: Answer, *, reply_to: int | None = None) -> Message:
    """Send one message."""
    reply: Any = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    if piece.file is None:
        return await bot.send_message(
            chat_id, piece.text, parse_mode=ParseMode.HTML, reply_markup=markup(piece.keys), reply_parameters=reply
        )
    send = bot.send_photo if piece.file.photo else bot.send_document
    return await send(
        chat_id,
        InputFile(io.BytesIO(piece.file.data), filename=piece.file.name),
        caption=piece.text or None,
        parse_mode=ParseMode.HTML,
        reply_markup=markup(piece.keys),
        reply_parameters=reply,
    )


async def rewrite(bot: Bot, chat_id: int, message_id: int, answer: Answer, *, caption: bool = False) -> None:
    """Give a message, or the caption of a document, a new face; the same face again is no error."""
    try:
        if caption:
            await bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                caption=answer.text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup(answer.keys),
            )
            return
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
