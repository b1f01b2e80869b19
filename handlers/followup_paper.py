"""Papers of 后续处置: 责令改正通知书, 复查意见书, and 移送函 after its receiver was named."""

from handlers.answer import Answer, Key, column, key
from handlers.issue import SIGN, hand_out
from handlers.registry import Ask, button, form
from models import dialogue, followup, letter, papers_followup, visit
from models.act import Refused
from models.entity import Entity
from models.followup import Followup
from models.letterhead import STAFF
from models.subject import unit_of
from templates.texts import Html, lines, say

_CANCEL = key("取消", "cancel")


def paper_keys(row: Followup) -> list[Key]:
    """A button for each paper of a follow-up."""
    number = row.id or 0
    keys = {
        "rectification": key("责令改正通知书", "doc_rectification", number),
        "recheck": key("复查意见书", "doc_recheck", number),
        "transfer": key("移送函", "doc_transfer", number),
    }
    return [keys[kind] for kind in papers_followup.kinds(row)]


@button("followup_papers")
def menu(ask: Ask) -> Answer | None:
    """文书 of one follow-up."""
    row, found = papers_followup.get(ask.act, ask.number())
    keys = paper_keys(row)
    if ask.act.may(STAFF, unit_of(ask.act.session, "followup", ask.number())):
        if keys:
            keys.append(key("补写依据", "followup_law", ask.number()))
        if row.receiver:
            keys.append(key("改接收单位", "transfer_to", ask.number()))
    if not keys:
        raise Refused(str(say("paper.followup_none", measure=followup.words_of(row))))
    entity = ask.act.session.get_one(Entity, found.entity_id)
    text = say("paper.menu", what=visit.label(found), name=entity.name)
    return Answer(text, column(*keys), privately=True, toast="" if ask.private else str(say("paper.sent_privately")))


@button("doc_rectification")
def rectification(ask: Ask) -> Answer | None:
    """责令改正通知书 of a follow-up."""
    view = papers_followup.rectification(ask.act, ask.number())
    text = say("paper.rectification" if view.basis else "paper.rectification_blank")
    return hand_out(ask, view, "followup", ask.number(), text)


@button("doc_recheck")
def recheck(ask: Ask) -> Answer | None:
    """复查意见书 of a follow-up: to be filled in by hand until it is closed."""
    view = papers_followup.recheck(ask.act, ask.number())
    text = say("paper.recheck_done" if view.passed else "paper.recheck_blank")
    return hand_out(ask, view, "followup", ask.number(), text)


@button("doc_transfer")
def transfer(ask: Ask) -> Answer | None:
    """移送函 of a follow-up; asks to whom where that is not known."""
    row, _ = papers_followup.get(ask.act, ask.number())
    if not row.receiver:
        return ask_receiver(ask)
    view = papers_followup.transfer(ask.act, ask.number())
    text = say("paper.transfer", receiver=view.receiver)
    blank = Html("") if view.basis else say("paper.law_blank")
    return hand_out(ask, view, "followup", ask.number(), lines(text, blank))


@button("transfer_to")
def receiver(ask: Ask) -> Answer | None:
    """To whom the transfer goes, asked anew; what was signed stays as it was signed."""
    if letter.of(ask.act, "Transfer", "followup", ask.number()) is not None:
        raise Refused(str(say("paper.transfer_signed")))
    return ask_receiver(ask)


@form("transfer_to")
def given(ask: Ask) -> Answer | None:
    """The receiver as text; its letter, where it has one, follows at once."""
    if ask.dialogue is None or not ask.text or ask.file is not None:
        return Answer(say("paper.transfer_ask"), column(_CANCEL))
    number = int(ask.dialogue.data["followup"])
    row = followup.name_receiver(ask.act, number, ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    if "transfer" not in papers_followup.kinds(row):
        return Answer(say("paper.receiver_named", receiver=row.receiver), column(key("办理", "followup", number)))
    return transfer(ask.with_args(str(number)))


@button("followup_law")
def law(ask: Ask) -> Answer | None:
    """补写依据: asks for the rule and the law."""
    _private(ask)
    row, _ = papers_followup.get(ask.act, ask.number())
    ask.act.require(STAFF, unit_of(ask.act.session, "followup", ask.number()))
    if any(letter.of(ask.act, paper, "followup", ask.number()) for paper in ("Rectification", "Transfer")):
        raise Refused(str(say("paper.law_signed")))
    dialogue.begin(
        ask.act.session, ask.chat_id, ask.act.person_id, "followup_law", {"followup": ask.number()}, ask.act.now
    )
    now = say("paper.law_now", rule=row.rule, basis=row.basis or "—") if row.rule else ""
    return Answer(lines(now, say("paper.law_ask")), column(_CANCEL))


@form("followup_law")
def law_given(ask: Ask) -> Answer | None:
    """Two lines: the rule that is broken, and the law of the measure."""
    if ask.dialogue is None or not ask.text or ask.file is not None:
        return Answer(say("paper.law_ask"), column(_CANCEL))
    number = int(ask.dialogue.data["followup"])
    rule, _, basis = ask.text.strip().partition("\n")
    row = followup.write_law(ask.act, number, rule, " ".join(basis.split()))
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("paper.law_done", rule=row.rule, basis=row.basis or "—"), column(*paper_keys(row)))


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")


def ask_receiver(ask: Ask) -> Answer:
    """移送给哪个单位: asks for the receiver of a follow-up."""
    _private(ask)
    number = ask.number()
    row, _ = papers_followup.get(ask.act, number)
    if ask.args[-1:] == (SIGN,):
        raise Refused(str(say("paper.transfer_first")))
    ask.act.require(STAFF, unit_of(ask.act.session, "followup", number))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "transfer_to", {"followup": number}, ask.act.now)
    if row.measure not in followup.TRANSFERS:
        return Answer(say("paper.receiver_ask", label=followup.words_of(row)), column(_CANCEL))
    return Answer(say("paper.transfer_ask"), column(_CANCEL))
