"""Which messages of a group a bot may see."""

from typing import Any

from bot.chat.accounts import Person
from bot.chat.entities import part

SERVICE = frozenset(
    [
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
    ]
)


def sees(bot: Person, status: str, message: dict[str, Any]) -> bool:
    """Whether a bot of this status in the group is given this Message.

    With privacy on: commands (of no other bot), mentions of the bot, replies to its own messages, and service
    messages. Administrators, and bots with privacy off, see everything.
    """
    if not bot.privacy or status in ("creator", "administrator"):
        return True
    if not SERVICE.isdisjoint(message):
        return True
    answered = message.get("reply_to_message")
    if answered and answered.get("from", {}).get("id") == bot.id:
        return True
    name = (bot.username or "").lower()
    text = message.get("text") or message.get("caption") or ""
    for entity in message.get("entities") or message.get("caption_entities") or ():
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            addressee = part(text, entity).partition("@")[2].lower()
            if addressee in ("", name):
                return True
        elif (entity["type"] == "mention" and part(text, entity).lower() == f"@{name}") or (
            entity["type"] == "text_mention" and entity.get("user", {}).get("id") == bot.id
        ):
            return True
    return False
