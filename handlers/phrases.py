"""Small phrases that several conversations about draws share: digests, moments, strata, rules."""

from datetime import date, datetime

from models.act import Act
from models.base import SHANGHAI
from models.form import Json
from models.throws import CHAT_DICE
from templates.texts import Html, say


def groups(digest: str) -> str:
    """A digest in groups of four, as people compare it."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def day(at: date | datetime) -> str:
    """3 月 2 日, as the office's clock has it."""
    local = at.astimezone(SHANGHAI) if isinstance(at, datetime) else at
    return f"{local.month} 月 {local.day} 日"


def moment(act: Act, at: datetime) -> str:
    """今天 18:00 or 3 月 2 日 18:00."""
    local = at.astimezone(SHANGHAI)
    shown = "今天" if local.date() == act.now.astimezone(SHANGHAI).date() else day(local)
    return f"{shown} {local:%H:%M}"


def stratum_name(name: str, *, alone: bool = True) -> str:
    """A stratum as people call it; the rest is everything where it is `alone`."""
    if name == "*":
        return "全部" if alone else "其余"
    return f"{name} 级" if len(name) == 1 else name


def marks(made: Json, *, advise: bool = False) -> list[Html]:
    """What everybody must know of a draw first: 演练, dice of the operator's own, a simulated clock.

    Before the throws, `advise` says what to do instead of dice that prove nothing.
    """
    found = []
    if made["mode"] == "rehearsal":
        found.append(say("draw.rehearsal"))
    if made["randomness"]["kind"] == "local-dice":
        found.append(say("draw.local_advice" if advise else "draw.local"))
    if made.get("clock") == "simulated":
        found.append(say("draw.simulated"))
    return found


def source(rule: Json) -> str:
    """The public randomness of an announcement in a few words."""
    if rule["kind"] in CHAT_DICE:
        return f"见证人在群里掷 {rule['emoji']}"
    if rule["kind"] == "lottery":
        return f"{rule['game']}第 {rule['issue']} 期开奖号码"
    return f"现场掷{dice_name(rule['dice'])} {rule['count']} 次"


def dice_name(dice: str) -> str:
    """d6 as people call it."""
    known = {"d6": "六面骰子", "d8": "八面骰子", "d10": "十面骰子", "d12": "十二面骰子", "d20": "二十面骰子"}
    return known.get(dice, f"{dice[1:]} 面骰子")
