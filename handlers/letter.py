"""发文: 签发 gives a letter its number, 发文登记 lists the numbers, 作废 marks one as void (DESIGN §7)."""

from handlers import registry
from handlers.answer import Answer, File, column, key
from handlers.issue import SIGN
from handlers.registry import Ask, button, command, form, notice
from models import dialogue, letter, people
from models.act import Act, Refused
from models.act import key as id_of
from models.base import SHANGHAI
from models.letter import Letter
from models.outbox import Outbox
from models.people import Person
from models.words import Role
from templates import workbook
from templates.texts import Html, lines, say

_SHOWN = 15
_BOOK = ("发文字号", "文书", "主送", "签发时间", "签发人", "状态", "作废时间", "作废原因", "文件摘要（SHA-256）")
_WIDTHS = (30, 44, 34, 18, 16, 8, 18, 30, 68)


@command(
    "letters",
    "发文",
    "查看发文登记，成批出具文书，管理模板",
    roles={Role.STAFF, Role.ADMIN, Role.LEADER},
    who="工作人员、领导",
)
def show(ask: Ask) -> Answer | None:
    """发文登记 of this year, and what else there is to do with papers."""
    if not ask.private:
        raise Refused(str(say("letter.private_only")))
    year = ask.act.now.astimezone(SHANGHAI).year
    rows = letter.registered(ask.act, year)
    shown = [_line(ask.act, each) for each in rows[:_SHOWN]]
    void = sum(each.void_at is not None for each in rows)
    head = (
        say("letter.registry", year=year, n=len(rows), void=void) if rows else say("letter.registry_empty", year=year)
    )
    more = say("letter.more", n=len(rows) - _SHOWN) if len(rows) > _SHOWN else ""
    keys = [key("登记簿 .xlsx", "letters_book", year)] if rows else []
    root = people.root(ask.act.session)
    staff = root is not None and ask.act.may({Role.STAFF, Role.ADMIN}, id_of(root))
    if any(each.void_at is None for each in rows):
        keys.append(key("作废文号", "void_choose", year))
    keys.append(key("成批出具", "batch"))
    if staff:
        keys += [key("文书模板", "templates"), key("实施细则 .docx", "doc_rules")]
    return Answer(lines(head, *shown, more), column(*keys))


@button("letters_book")
def book(ask: Ask) -> Answer | None:
    """登记簿 of a year as .xlsx."""
    if not ask.private:
        raise Refused(str(say("letter.private_only")))
    year = ask.number()
    rows = letter.registered(ask.act, year)[::-1]
    cells = [_row(ask.act, each) for each in rows]
    data = workbook.xlsx(_BOOK, cells, _WIDTHS, title=f"{year}年发文登记簿", now=ask.act.now)
    ask.act.record("export", "letter", None, after={"kind": "letters", "year": year, "rows": len(rows)})
    return Answer(say("letter.book", year=year, n=len(rows)), file=File(f"发文登记簿-{year}.xlsx", data))


# --- 签发 ------------------------------------------------------------------------------------------------------------


@button("sign")
def sign(ask: Ask) -> Answer | None:
    """签发: the letter that a button hands out gets its number, and goes out once more with it."""
    _private(ask)
    return _document(ask, *ask.args, SIGN)


@button("sign_ask")
def ask_leader(ask: Ask) -> Answer | None:
    """请领导签发: to every leader of the unit who has an account."""
    _private(ask)
    answer = _document(ask, *ask.args)
    title = answer.file.name.removesuffix(".docx") if answer.file else ""
    leaders = people.with_role(ask.act.session, Role.LEADER)
    bound = [each for each in leaders if people.account_of(ask.act.session, id_of(each))]
    if not bound:
        raise Refused(str(say("letter.no_signer")))
    for each in bound:
        mark = f"sign_asked:{'.'.join(ask.args)}:{each.id}:{ask.act.now:%Y%m%d%H%M}"
        ask.act.tell(
            "sign_asked",
            mark,
            person=each,
            dispatcher=ask.act.actor,
            args=list(ask.args),
            title=title,
            by=ask.act.person_id,
        )
    return Answer(say("letter.sign_sent", names="、".join(each.name for each in bound)))


@notice("sign_asked")
def sign_asked(act: Act, row: Outbox) -> Answer | None:
    """To a leader: what waits to be signed, to be read first."""
    name, *args = row.data["args"]
    by = act.session.get_one(Person, int(row.data["by"]))
    keys = column(key("看文件", name, *args), key("签发", "sign_for", id_of(by), name, *args))
    return Answer(say("letter.sign_asked", title=row.data["title"], by=by.name), keys)


@button("sign_for")
def sign_for(ask: Ask) -> Answer | None:
    """签发 by a leader who was asked: whoever asked is told."""
    _private(ask)
    asker = ask.act.session.get(Person, ask.number())
    answer = _document(ask, *ask.args[1:], SIGN)
    if asker is not None and asker.id != ask.act.person_id and answer.file is not None:
        title = answer.file.name.removesuffix(".docx")
        mark = f"letter_signed:{'.'.join(ask.args)}:{ask.act.now:%Y%m%d%H%M}"
        ask.act.tell("letter_signed", mark, person=asker, args=list(ask.args[1:]), title=title, by=ask.act.person_id)
    return answer


@notice("letter_signed")
def letter_signed(act: Act, row: Outbox) -> Answer | None:
    """To whoever asked for it: signed, and where to take it."""
    name, *args = row.data["args"]
    by = act.session.get_one(Person, int(row.data["by"]))
    return Answer(say("letter.done", title=row.data["title"], by=by.name), column(key("取文书", name, *args)))


# --- 作废 ------------------------------------------------------------------------------------------------------------


@button("void_choose")
def choose(ask: Ask) -> Answer | None:
    """Which number is void."""
    _private(ask)
    rows = [each for each in letter.registered(ask.act, ask.number()) if each.void_at is None]
    if not rows:
        raise Refused(str(say("letter.void_none")))
    keys = [key(each.number, "void", id_of(each)) for each in rows[:_SHOWN]]
    return Answer(say("letter.void_choose"), column(*keys, key("取消", "cancel")))


@button("void")
def void(ask: Ask) -> Answer | None:
    """作废文号: asks for the reason."""
    _private(ask)
    row = letter.voidable(ask.act, ask.number())
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "void_letter", {"letter": id_of(row)}, ask.act.now)
    return Answer(say("letter.void_ask", number=row.number, title=row.title), column(key("取消", "cancel")))


@form("void_letter")
def void_reason(ask: Ask) -> Answer | None:
    """The reason; the number stays in the register."""
    if ask.dialogue is None or not ask.text or ask.file is not None:
        return Answer(say("letter.void_text"), column(key("取消", "cancel")))
    row = letter.void(ask.act, int(ask.dialogue.data["letter"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("letter.void_done", number=row.number))


# --- pieces ----------------------------------------------------------------------------------------------------------


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")


def _document(ask: Ask, *args: str) -> Answer:
    """What the button of a document hands out; its data is `doc_…` and ids."""
    name, *rest = args
    run = registry.BUTTONS.get(name) if name.startswith("doc_") else None
    answer = run(ask.with_args(*rest)) if run else None
    if answer is None:
        raise Refused("没有找到这份文书。")
    return answer


def _line(act: Act, row: Letter) -> Html:
    whom = say("letter.recipient", name=row.recipient[:20]) if row.recipient else ""
    if row.void_at is not None:
        return say("letter.line_void", number=row.number, title=row.title, recipient=whom, reason=row.void_reason)
    giver = act.session.get_one(Person, row.giver_id)
    return say(
        "letter.line",
        number=row.number,
        title=row.title,
        recipient=whom,
        at=f"{row.given_at:%m-%d %H:%M}",
        by=giver.name,
    )


def _row(act: Act, row: Letter) -> list[str]:
    giver = act.session.get_one(Person, row.giver_id)
    void = row.void_at is not None
    return [
        row.number,
        row.title,
        row.recipient,
        f"{row.given_at:%Y-%m-%d %H:%M}",
        giver.name,
        "作废" if void else "有效",
        f"{row.void_at:%Y-%m-%d %H:%M}" if row.void_at else "",
        row.void_reason,
        row.digest,
    ]
