"""The marked-up spans of a text: found in plain words, parsed from HTML, or given as a list."""

import html
import re
from typing import Any

from bot.chat.wire import bad

Entity = dict[str, Any]

COMMAND = re.compile(r"(?<![\w/<>@])/([a-zA-Z0-9_]{1,64})(?:@([a-zA-Z0-9_]{3,32}))?(?![\w/<>@])")
MENTION = re.compile(r"(?<![\w@/.-])@([a-zA-Z][a-zA-Z0-9_]{2,31})(?![a-zA-Z0-9_@])")
URL = re.compile(r"\bhttps?://[^\s<>\"，。；、！？）】》]+")
HASHTAG = re.compile(r"(?<![\w#])#(?=[\w·]*[^\W\d_])[\w·]{1,64}")

GIVEN_TYPES = frozenset(
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
    ]
)
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>")
ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
ESCAPE = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);?")


def units(text: str) -> int:
    """The length of a text in UTF-16 code units, in which the Bot API counts offsets."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def part(text: str, entity: Entity) -> str:
    """The words an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le", "replace")


def detect(text: str) -> list[Entity]:
    """The commands, mentions, addresses and hashtags in a plain text, by their place."""
    found: list[Entity] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in (("url", URL), ("bot_command", COMMAND), ("mention", MENTION), ("hashtag", HASHTAG)):
        # Most texts hold none of these signs; the search for one character is far cheaper than the pattern.
        if ("/" if kind in ("url", "bot_command") else "@" if kind == "mention" else "#") not in text:
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            found.append({"type": kind, "offset": units(text[:start]), "length": units(match.group())})
    return sorted(found, key=lambda entity: entity["offset"])


def given(text: str, wanted: list[Any]) -> list[Entity]:
    """The entities a bot handed over as a list; those outside the text are left out, as Telegram does.

    Raises ApiError 400 for an entry that is no entity.
    """
    size = units(text)
    kept: list[Entity] = []
    for entity in wanted:
        if not isinstance(entity, dict) or not isinstance(entity.get("offset"), int):
            raise bad("can't parse entities: expected an Array of MessageEntity")
        if entity.get("type") not in GIVEN_TYPES:
            raise bad("can't parse entities: unsupported entity type specified")
        offset, length = entity["offset"], entity.get("length")
        if not isinstance(length, int):
            raise bad('can\'t parse entities: field "length" must be a valid Number')
        if offset < 0 or length <= 0 or offset + length > size:
            continue
        keys = ("type", "offset", "length", "url", "user", "language", "custom_emoji_id")
        kept.append({key: entity[key] for key in keys if key in entity})
    return sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """A text and its entities from Telegram's HTML.

    Raises ApiError 400 "can't parse entities: …" with the byte offset, as Telegram words it.
    """
    out: list[str] = []
    length = 0
    open_tags: list[tuple[str, int, dict[str, str], int]] = []
    found: list[Entity] = []
    at = 0

    def offset(index: int) -> int:
        return len(source[:index].encode())

    def add(words: str) -> None:
        nonlocal length
        out.append(words)
        length += units(words)

    while at < len(source):
        character = source[at]
        if character == "&":
            match = ESCAPE.match(source, at)
            word = _unescape(match.group(1)) if match else None
            if match and word is not None:
                add(word)
                at = match.end()
            else:
                add("&")
                at += 1
        elif character == "<":
            match = TAG.match(source, at)
            if match is None:
                raise bad(
                    f"can't parse entities: Unsupported start tag {_quoted(source, at)} at byte offset {offset(at)}"
                )
            closing, name, rest = match.group(1), match.group(2).lower(), match.group(3)
            if closing:
                if not open_tags:
                    raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset(at)}")
                opened, start, attributes, _ = open_tags.pop()
                if opened != name:
                    raise bad(
                        f"can't parse entities: Unmatched end tag at byte offset {offset(at)}, "
                        f'expected "</{opened}>", found "</{name}>"'
                    )
                entity = _entity(opened, attributes, start, length - start, "".join(out), bool(open_tags))
                if entity is not None:
                    found.append(entity)
            else:
                attributes = _attributes(rest)
                if name not in TAGS or (name == "span" and attributes.get("class") != "tg-spoiler"):
                    raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset(at)}')
                if name == "code" and open_tags and open_tags[-1][0] == "pre" and "class" in attributes:
                    language = attributes["class"].removeprefix("language-")
                    open_tags[-1][2]["language"] = language
                open_tags.append((name, length, attributes, at))
            at = match.end()
        else:
            end = at
            while end < len(source) and source[end] not in "&<":
                end += 1
            add(source[at:end])
            at = end
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return "".join(out), sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text without blanks at its ends, and the entities moved and cut to fit."""
    shorter = text.strip()
    if shorter == text:
        return text, entities
    lead = units(text[: len(text) - len(text.lstrip())]) if shorter else 0
    size = units(shorter)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, size)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return shorter, kept


def read(text: str, parse_mode: str | None, wanted: list[Any] | None) -> tuple[str, list[Entity]]:
    """A bot's text as it will stand: parsed, trimmed, with what is found in the plain words added.

    parse_mode may be None, "" or "HTML". Raises ApiError 400 for another mode and for HTML that does not parse.
    """
    entities: list[Entity]
    if parse_mode:
        if parse_mode.lower() != "html":
            raise bad("unsupported parse_mode")
        text, entities = parse_html(text)
    else:
        entities = given(text, wanted) if wanted else []
    text, entities = trim(text, entities)
    covered = [(entity["offset"], entity["offset"] + entity["length"]) for entity in entities]
    for entity in detect(text):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if not any(start < other_end and other_start < end for other_start, other_end in covered):
            entities.append(entity)
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _unescape(name: str) -> str | None:
    if name.startswith("#"):
        try:
            number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
            return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else None
        except (ValueError, IndexError):
            return None
    return NAMED.get(name)


def _attributes(rest: str) -> dict[str, str]:
    return {
        match.group(1).lower(): html.unescape(match.group(2) or match.group(3) or match.group(4) or "")
        for match in ATTRIBUTE.finditer(rest)
    }


def _quoted(source: str, at: int) -> str:
    name = re.split(r"[\s>]", source[at + 1 :], maxsplit=1)[0][:32]
    return f'"{name}"'


def _entity(tag: str, attributes: dict[str, str], start: int, size: int, text: str, nested: bool) -> Entity | None:
    if size == 0 or (tag == "code" and "class" in attributes and nested):
        return None
    entity: Entity = {"type": TAGS[tag], "offset": start, "length": size}
    if tag == "a":
        entity["url"] = attributes.get("href") or part(text, entity)
        if not re.match(r"(https?|tg|mailto|tel):", entity["url"]):
            return None
    elif tag == "pre" and attributes.get("language"):
        entity["language"] = attributes["language"]
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity
