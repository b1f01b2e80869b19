"""Two bot libraries, python-telegram-bot and aiogram, at home on the local chat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot as AiogramBot
from aiogram import Dispatcher, F
from aiogram import types as aiogram_types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram import BotCommand, BotCommandScopeAllGroupChats, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, CommandHandler, MessageHandler, filters
from telegram.request import HTTPXRequest

from bot.chat.client import ChatRefused
from tests.chat_office import PNG, Office, office


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as made:
        yield made


def application(room: Office) -> Any:
    def request() -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"trust_env": False})

    return (
        ApplicationBuilder()
        .token(room.bot.token)
        .base_url(f"{room.served.address}bot")
        .base_file_url(f"{room.served.address}file/bot")
        .request(request())
        .get_updates_request(request())
        .build()
    )


@pytest.fixture
async def ptb(room: Office) -> AsyncIterator[Any]:
    made: Application[Any, Any, Any, Any, Any, Any] = application(room)
    async with made:
        await made.start()
        yield made
        if made.updater and made.updater.running:
            await made.updater.stop()
        await made.stop()


async def test_python_telegram_bot_polls_answers_and_moves_files(room: Office, ptb: Any) -> None:
    async def draw(update: Update, context: Any) -> None:
        keys = InlineKeyboardMarkup([[InlineKeyboardButton("收到", callback_data="ok:1")]])
        await update.effective_message.reply_text("<b>抽取</b>", parse_mode="HTML", reply_markup=keys)

    async def pressed(update: Update, context: Any) -> None:
        await update.callback_query.answer("已记下")
        await update.callback_query.edit_message_text("已收到")

    async def filed(update: Update, context: Any) -> None:
        file = await update.effective_message.document.get_file()
        content = bytes(await file.download_as_bytearray())
        await update.effective_message.reply_document(content.upper(), filename="大写.txt", caption="请查收")

    ptb.add_handler(CommandHandler("draw", draw, filters=filters.UpdateType.MESSAGE))
    ptb.add_handler(CallbackQueryHandler(pressed))
    ptb.add_handler(MessageHandler(filters.Document.ALL, filed))
    await ptb.bot.set_my_commands([BotCommand("draw", "抽取")], scope=BotCommandScopeAllGroupChats())
    await ptb.updater.start_polling(timeout=10)

    assert await room.li.get("/user/commands", chat_id=room.group) == [{"command": "draw", "description": "抽取"}]
    await room.li.says("/draw", room.group)
    await room.li.until("抽取", room.group)
    assert (await room.li.presses("收到", room.group))["text"] == "已记下"
    await room.li.until("已收到", room.group)
    await room.wang.sends_file(b"abc", name="小写.txt")
    answered = await room.wang.until("请查收")
    assert answered["document"]["file_name"] == "大写.txt"
    assert await room.wang.file(answered) == b"ABC"


async def test_python_telegram_bot_understands_the_refusals(room: Office, ptb: Any) -> None:
    bot = ptb.bot
    sent = await bot.send_message(room.li.id, "x")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("x", room.li.id, sent.message_id)
    await room.li.blocks("qiantong_bot")
    with pytest.raises(Forbidden, match="bot was blocked"):
        await bot.send_message(room.li.id, "x")
    await room.admin.fault("sendMessage", "429", seconds=3)
    with pytest.raises(RetryAfter) as waiting:
        await bot.send_message(room.wang.id, "x")
    assert waiting.value._retry_after.total_seconds() == 3
    new = await room.admin.migrate(room.group)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(room.group, "x")
    assert moved.value.new_chat_id == new


async def test_python_telegram_bot_finds_every_method_it_needs(room: Office, ptb: Any) -> None:
    bot, li, group = ptb.bot, room.li.id, room.group
    await room.admin.change(group, promote=[room.bot.id])
    assert (await bot.get_chat(group)).title == "双随机工作群"
    assert (await bot.get_chat(li)).first_name == "李"
    assert [one.status for one in await bot.get_chat_administrators(group)] == ["creator", "administrator"]
    assert await bot.get_chat_member_count(group) == 3
    assert (await bot.get_chat_member(group, room.wang.id)).status == "member"
    await bot.send_chat_action(li, "typing")
    photo = await bot.send_photo(li, PNG, caption="照片")
    await bot.edit_message_caption(li, photo.message_id, caption="现场照片")
    video = await bot.send_video(li, b"video", width=4, height=3, duration=2, filename="v.mp4")
    assert (video.video.width, video.video.duration) == (4, 2)
    dice = await bot.send_dice(group, emoji="🎰")
    assert 1 <= dice.dice.value <= 64
    copied = await bot.copy_message(group, li, photo.message_id, caption="副本")
    forwarded = await bot.forward_message(group, li, photo.message_id)
    assert forwarded.forward_origin.sender_user.id == room.bot.id and forwarded.message_id > copied.message_id
    await bot.pin_chat_message(group, forwarded.message_id)
    assert (await bot.get_chat(group)).pinned_message.message_id == forwarded.message_id
    await bot.unpin_chat_message(group)
    await bot.delete_messages(group, [copied.message_id, forwarded.message_id])
    await bot.set_chat_menu_button(li)
    await bot.set_my_commands([BotCommand("help", "帮助")], language_code="zh")
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "帮助"
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()
    assert (await bot.get_webhook_info()).pending_update_count >= 1
    assert await bot.leave_chat(group)


async def test_aiogram_polls_answers_and_moves_files(room: Office) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(room.served.address.rstrip("/")))
    bot = AiogramBot(room.bot.token, session=session)
    dispatcher = Dispatcher()

    @dispatcher.message(F.document)
    async def filed(message: aiogram_types.Message) -> None:
        assert message.document is not None
        content = await bot.download(message.document)
        assert content is not None
        await message.reply_document(
            aiogram_types.BufferedInputFile(content.read().upper(), filename="大写.txt"), caption="请查收"
        )

    @dispatcher.message()
    async def said(message: aiogram_types.Message) -> None:
        button = aiogram_types.InlineKeyboardButton(text="收到", callback_data="ok:1")
        keys = aiogram_types.InlineKeyboardMarkup(inline_keyboard=[[button]])
        await message.answer(f"听到：{message.text}", reply_markup=keys)

    @dispatcher.callback_query()
    async def pressed(query: aiogram_types.CallbackQuery) -> None:
        await query.answer("已记下", show_alert=True)

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=10))
    await room.li.says("你好")
    await room.li.until("听到：你好")
    assert await room.li.presses("收到") == {"answered": True, "text": "已记下", "show_alert": True}
    await room.li.sends_file(b"abc", name="小写.txt")
    assert await room.li.file(await room.li.until("请查收")) == b"ABC"
    await dispatcher.stop_polling()
    await polling
    await bot.session.close()


async def test_a_client_that_is_refused_is_told_why_in_chinese(room: Office) -> None:
    with pytest.raises(ChatRefused, match="消息是空的"):
        await room.li.says("  ")
    with pytest.raises(ChatRefused, match="消息太长"):
        await room.li.says("字" * 4097)
    with pytest.raises(ChatRefused, match="没有这个对话"):
        await room.li.says("你好", -5)
