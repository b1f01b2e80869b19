"""The yardstick: a bare python-telegram-bot echo bot, its own Application and updater, one update after another."""

import logging
import sys
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say what was said."""
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


def build(token: str, api: str) -> Application[Any, Any, Any, Any, Any, Any]:
    """The bot on a server whose Bot API is at `api`, for example `http://127.0.0.1:8086/bot`."""
    local = {"httpx_kwargs": {"trust_env": False}}
    application = (
        Application.builder()
        .token(token)
        .base_url(api)
        .request(HTTPXRequest(**local))  # type: ignore[arg-type]
        .get_updates_request(HTTPXRequest(**local))  # type: ignore[arg-type]
        .job_queue(None)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    return application


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    build(*sys.argv[1:3]).run_polling()
