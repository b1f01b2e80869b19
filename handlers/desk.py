"""The desk: an update becomes an Act and an Ask, a refusal becomes a sentence, an answer goes back to who asked."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session
from telegram import Bot, Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, TelegramError

from handlers import aside, registry, render
from handlers.answer import DATA_VERSION, Answer
from handlers.registry import Ask, Incoming, Kit, Thrown
from models import dialogue, outbox, people
from models.act import Act, NoRight, Refused
from models.base import writing, wrote
from models.policy import Policy
from templates.texts import say

log = logging.getLogger("qiantong.desk")

# What a bot may fetch (TOOLBOX, limits).
LARGEST_FILE = 20 * 1024 * 1024
# What the answer to a press may hold (TOOLBOX, limits).
_TOAST = 200


@dataclass(frozen=True)
class Desk:
    """Takes the chat's updates one by one."""

    engine: Engine
    clock: Callable[[], datetime]
    policy: Callable[[str], Policy]
    chat: str
    simulated: bool
    read_file: Callable[[str], bytes]
    keep_file: Callable[[bytes], str]
    wake: Callable[[], None]
    link: Callable[[Act, people.Person], str | None] = lambda act, person: None
    apart: Callable[..., Any] = Kit().apart

    async def handle(self, update: Update, bot: Bot) -> None:
        """Handle one update: commit, then answer. An edited message is never a command (TOOLBOX)."""
        try:
            if update.callback_query is not None:
                await self._press(update, bot)
            elif update.message is not None:
                await self._message(update, update.message, bot)
            elif update.my_chat_member is not None:
                self._member(update)
        except TelegramError as error:
            # The work is committed; only the answer was lost, and it can be asked for again.
            log.warning("answer lost update=%s error=%s", update.update_id, type(error).__name__)

    # --- presses -------------------------------------------------------------------------------------------------

    async def _press(self, update: Update, bot: Bot) -> None:
        query = update.callback_query
        if query is None:
            return
        message = query.message
        if not isinstance(message, Message) or query.data is None:
            await _answer_press(query.answer, say("common.button_old"), alert=True)
            return
        version, _, rest = query.data.partition(".")
        name, *args = rest.split(".")
        run = registry.BUTTONS.get(name)
        if version != DATA_VERSION or run is None:
            await _answer_press(query.answer, say("common.button_old"), alert=True)
            return
        asked = _Asked(query.from_user, message.chat, message.message_id, bot, update.update_id)
        answer = self._work(asked, run, args=tuple(args), pressed=True)
        try:
            if answer is None:
                await _answer_press(query.answer, "")
                return
            await _answer_press(query.answer, answer.toast, alert=answer.alert)
            await self._send(bot, asked, answer, pressed=message)
        finally:
            self._after(asked)

    # --- messages ------------------------------------------------------------------------------------------------

    async def _message(self, update: Update, message: Message, bot: Bot) -> None:
        if message.migrate_to_chat_id is not None:
            with writing(self.engine) as session:
                people.move_chat(session, message.chat.id, message.migrate_to_chat_id)
            log.info("group migrated")
            return
        user = message.from_user
        if user is None or user.is_bot or message.sender_chat is not None:
            return
        asked = _Asked(user, message.chat, message.message_id, bot, update.update_id)
        run, changes = await self._route(message, asked, bot)
        if run is None:
            return
        answer = self._work(asked, run, **changes)  # type: ignore[arg-type]
        try:
            if answer is not None:
                await self._send(bot, asked, answer)
        finally:
            self._after(asked)

    async def _route(
        self, message: Message, asked: "_Asked", bot: Bot
    ) -> tuple[registry.Handler | None, dict[str, object]]:
        """Which conversation a message belongs to, and what it brings along."""
        reply = message.reply_to_message
        reply_to = reply.message_id if reply else None
        # In a group the bot is spoken to by a command, a mention, or a reply to it; nothing else is its business.
        to_us = asked.private or (reply is not None and reply.from_user is not None and reply.from_user.id == bot.id)
        if message.dice is not None:
            thrown = Thrown(
                emoji=message.dice.emoji,
                value=message.dice.value,
                message_id=message.message_id,
                forwarded=message.forward_origin is not None,
                date=int(message.date.timestamp()),
            )
            return _dice, {"thrown": thrown, "reply_to": reply_to}
        if message.photo or message.document or message.video:
            if not to_us:
                return None, {}
            run, changes = await self._file(message, reply_to)
            return run, changes | {"reply_data": _button_data(reply)}
        text = (message.text or "").strip()
        mention = f"@{bot.username}"
        called = text.lower().startswith(mention.lower())
        if called:
            text, to_us = text[len(mention) :].strip(), True
        if text.startswith("/"):
            head, _, rest = text[1:].partition(" ")
            name, _, whom = head.partition("@")
            if whom and whom.lower() != bot.username.lower():
                return None, {}
            return _command(registry.COMMANDS.get(name.lower())), {"text": rest.strip(), "reply_to": reply_to}
        if not to_us or not text:
            return None, {}
        first, _, rest = text.partition(" ")
        command = registry.word(text) or registry.word(first)
        if command is not None and not rest:
            return _command(command), {"text": "", "reply_to": reply_to}
        if command is not None:
            return _word(command, rest.strip()), {"text": text, "reply_to": reply_to}
        found: dict[str, object] = {"text": text, "reply_to": reply_to, "reply_data": _button_data(reply)}
        return _called if called else _free_text, found

    async def _file(self, message: Message, reply_to: int | None) -> tuple[registry.Handler, dict[str, object]]:
        part = message.photo[-1] if message.photo else message.document or message.video
        if part is None:
            return _free_text, {}
        if (part.file_size or 0) > LARGEST_FILE:
            return _too_big, {}
        try:
            data = bytes(await (await part.get_file()).download_as_bytearray())
        except BadRequest as error:
            if "too big" in str(error).lower():
                return _too_big, {}
            raise
        kind = "photo" if message.photo else "document" if message.document else "video"
        name = message.document.file_name if message.document else None
        file = Incoming(kind=kind, name=name or "", data=data, digest=hashlib.sha256(data).hexdigest())
        return _given_file, {"file": file, "text": (message.caption or "").strip(), "reply_to": reply_to}

    # --- work ----------------------------------------------------------------------------------------------------

    def _work(
        self, asked: "_Asked", run: registry.Handler, *, pressed: bool = False, **changes: object
    ) -> Answer | None:
        """Run a conversation inside one transaction. A refusal undoes everything and answers with its sentence."""
        try:
            with writing(self.engine) as session:
                answer = self._run(session, asked, run, pressed, changes)
                # What changed nothing may be answered again after a crash, so it leaves nothing to be kept on disk.
                if wrote(session) and not dialogue.note(session, asked.update_id, self.clock()):
                    raise Refused("这条消息已经办理过了。")
            asked.queued = outbox.added(session)
            return answer
        except Refused as refused:
            if isinstance(refused, NoRight):
                log.info("no right update=%s", asked.update_id)
            if pressed and len(refused.sentence) > _TOAST:
                # More than a dialog holds: the whole of it as a message too.
                return Answer(
                    say("common.refused", sentence=refused.sentence),
                    toast=refused.sentence.partition("。")[0] + "。",
                    alert=True,
                )
            if pressed:
                return Answer(toast=refused.sentence, alert=True)
            return Answer(say("common.refused", sentence=refused.sentence))
        except Exception:
            log.exception("failed update=%s", asked.update_id)
            text = say("common.broken", number=asked.update_id)
            return Answer(toast=str(text), alert=True) if pressed else Answer(text)

    def _run(
        self, session: Session, asked: "_Asked", run: registry.Handler, pressed: bool, changes: dict[str, object]
    ) -> Answer | None:
        if dialogue.seen(session, asked.update_id):
            # Handled before the process ended, but perhaps not answered any more.
            if pressed:
                return Answer(toast=str(say("common.done_before")), alert=True)
            return Answer(say("common.done_before")) if asked.private else None
        person = people.of_account(session, asked.user.id)
        group = None if asked.private else people.group_of_chat(session, asked.chat.id)
        if person is None and not getattr(run, "open", False):
            log.info("unknown account pressed=%s private=%s", pressed, asked.private)
            if pressed:
                return Answer(toast=str(say("common.unknown_press")), alert=True)
            return Answer(say("common.unknown")) if asked.private else None
        unit_id = group.unit_id if group else person.unit_id if person else None
        if unit_id is None:
            root = people.root(session)
            unit_id = root.id if root else None
        if unit_id is None:
            return Answer(say("common.no_office")) if asked.private else None
        act = Act(
            session=session,
            now=self.clock(),
            actor=person,
            policy=self.policy(people.policy_name(session, unit_id) or ""),
            entropy=secrets.token_bytes,
            source=f"chat:{asked.chat.id}/{asked.message_id}",
            chat=self.chat,
            simulated=self.simulated,
        )
        ask = Ask(
            act=act,
            chat_id=asked.chat.id,
            private=asked.private,
            message_id=asked.message_id,
            group=group,
            dialogue=dialogue.current(session, asked.chat.id, person.id or 0) if person else None,
            kit=Kit(
                bot_username=asked.bot.username,
                supergroup=asked.chat.type == ChatType.SUPERGROUP,
                read_file=self.read_file,
                keep_file=self.keep_file,
                link=self.link,
                apart=self.apart,
            ),
        )
        return run(replace(ask, user_id=asked.user.id, chat_title=asked.chat.title or "", **changes))  # type: ignore[arg-type]

    def _after(self, asked: "_Asked") -> None:
        """Whoever asked has the answer first; then the sender takes what was queued for others."""
        if asked.queued:
            self.wake()

    async def _send(self, bot: Bot, asked: "_Asked", answer: Answer, *, pressed: Message | None = None) -> None:
        for each in (answer, *answer.also):
            if not each.text and each.file is None:
                continue
            chat_id = asked.user.id if each.privately else asked.chat.id
            if each.edit and pressed is not None and each.file is None and not pressed.document and not pressed.photo:
                await render.rewrite(bot, chat_id, pressed.message_id, each)
                if each.work is not None:
                    aside.begin(bot, chat_id, pressed.message_id, each.work, self.wake)
                continue
            if each.caption and pressed is not None and pressed.document:
                await render.rewrite(bot, chat_id, pressed.message_id, each, caption=True)
                continue
            # In a group people must see which of their messages is being answered.
            reply = None if asked.private or each.privately or pressed is not None else asked.message_id
            try:
                posted = await render.post(bot, chat_id, each, reply_to=reply)
            except Forbidden:
                if not each.privately:
                    raise
                await render.post(bot, asked.chat.id, Answer(say("common.start_first")), reply_to=reply)
                continue
            if each.work is not None:
                aside.begin(bot, chat_id, posted.message_id, each.work, self.wake)

    def _member(self, update: Update) -> None:
        """Somebody blocked the bot in private, or came back."""
        change = update.my_chat_member
        if change is None or change.chat.type != ChatType.PRIVATE:
            return
        with writing(self.engine) as session:
            account = people.account_of_user(session, change.from_user.id)
            if account is not None:
                account.reachable = change.new_chat_member.status not in {"kicked", "left"}
                session.add(account)


@dataclass
class _Asked:
    """Who spoke where, and whether messages to others came of it."""

    user: User
    chat: Chat
    message_id: int
    bot: Bot
    update_id: int
    queued: bool = False

    @property
    def private(self) -> bool:
        return self.chat.type == ChatType.PRIVATE


def _command(command: registry.Command | None) -> registry.Handler:
    def run(ask: Ask) -> Answer | None:
        if command is None:
            return Answer(say("common.no_such_command")) if ask.private else None
        # A witness may have no role at all; what everybody may do is open to whoever is bound.
        everybody = command.open or command.roles == registry.EVERYONE
        if not everybody and not people.roles(ask.act.session, ask.act.person_id) & command.roles:
            raise NoRight(f"「{command.word}」由{command.who}办理，您没有这项权限。")
        return command.run(ask)

    run.open = command is not None and command.open  # type: ignore[attr-defined]
    return run


def _free_text(ask: Ask) -> Answer | None:
    """Text in reply to a message that asks for it, else for the form that is open, or a hint where none is."""
    for run in registry.REPLIES if ask.reply_data else ():
        answer = run(ask)
        if answer is not None:
            return answer
    if ask.dialogue is not None:
        return registry.FORMS[ask.dialogue.form](ask)
    return Answer(say("common.not_understood")) if ask.private else None


def _word(command: registry.Command, rest: str) -> registry.Handler:
    """A command's word with something behind it; while a form is open it is what the form asked for."""

    def run(ask: Ask) -> Answer | None:
        if ask.dialogue is not None:
            return _free_text(ask)
        return _command(command)(replace(ask, text=rest))

    run.open = command.open  # type: ignore[attr-defined]
    return run


def _called(ask: Ask) -> Answer | None:
    """Words behind @bot that are no command's word: whoever calls the bot by name gets an answer."""
    return _free_text(ask) or Answer(say("common.not_understood"))


def _given_file(ask: Ask) -> Answer | None:
    """A file for the form that is open, or for whoever knows what it belongs to."""
    if ask.dialogue is not None:
        return registry.FORMS[ask.dialogue.form](ask)
    for run in registry.FILES:
        answer = run(ask)
        if answer is not None:
            return answer
    return Answer(say("common.file_unclear"))


def _too_big(ask: Ask) -> Answer | None:
    return Answer(say("common.file_too_big"))


def _dice(ask: Ask) -> Answer | None:
    for run in registry.DICE:
        answer = run(ask)
        if answer is not None:
            return answer
    return None


def _button_data(message: Message | None) -> tuple[str, ...]:
    """The data of the buttons under a message of ours."""
    if message is None or message.reply_markup is None:
        return ()
    return tuple(
        str(each.callback_data) for row in message.reply_markup.inline_keyboard for each in row if each.callback_data
    )


async def _answer_press(reply: Callable[..., object], text: str, *, alert: bool = False) -> None:
    """Answer a press; one that is too old can no longer be answered, and that is no error (TOOLBOX)."""
    try:
        await reply(text=text[:_TOAST] or None, show_alert=alert)  # type: ignore[misc]
    except BadRequest as error:
        log.info("press not answered: %s", error)
