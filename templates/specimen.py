"""One made-up paper of any kind, every field of it filled, marked 示例: what a template is tried with."""

import hashlib
import types
import typing
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from models.base import SHANGHAI
from models.views import PaperView

View = TypeVar("View", bound=PaperView)

_DAY = date(2026, 3, 2)
_MOMENT = datetime(2026, 3, 2, 18, 0, tzinfo=SHANGHAI)

# By field name; what is not here reads 示例文字. All of it is made up.
_TEXTS = {
    "office": "示例市双随机办",
    "number": "示例〔2026〕1号",
    "number_word": "示例",
    "copy_no": "000001",
    "secrecy": "",
    "urgency": "",
    "signer": "",
    "remark": "",
    "printed_by": "",
    "name": "示例某某有限公司",
    "code": "91990100MA00000001",
    "address": "示例市示例区示例路1号",
    "certificate": "示例00001",
    "unit": "示例市工业和信息化局",
    "plan_no": "2026001",
    "plan_name": "2026年度抽查计划",
    "no": "001",
    "basis": "《示例条例》第一条",
    "content": "示例检查内容",
    "method": "实地检查",
    "origin": "年度抽查计划，经随机抽取、随机匹配确定",
    "frequency": "本年度第1次检查",
    "contact_name": "示例联系人",
    "contact_phone": "0000-0000000",
    "phone": "0000-0000000",
    "complaint_phone": "0000-0000000",
    "randomness_kind": "dice",
    "symbol": "🎰",
    "value": "17",
    "randomness": "17.",
    "state": "已抽取",
    "review_organ": "示例市人民政府",
    "court": "示例市示例区人民法院",
}
_DIGESTS = {
    *("digest", "sha256", "previous", "head", "announcement_digest", "notice_digest", "selected_digest"),
    *("teams_digest", "record_digest", "prk", "secret", "position"),
}
_NUMBERS = {"throws": 3, "min_bits": 36, "min_witnesses": 2, "year": 2026}


def specimen(kind: type[View]) -> View:
    """A view of a kind with every field filled, lists with two entries each."""
    made = _made(kind)
    assert isinstance(made, kind)
    return made


def _made(kind: type) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{each.name: _value(kind, each.name, hints[each.name]) for each in fields(kind)})


def _value(owner: type, name: str, hint: Any) -> Any:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return _value(owner, name, next(each for each in typing.get_args(hint) if each is not type(None)))
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)[0]
    if typing.get_origin(hint) is tuple:
        inner = [each for each in typing.get_args(hint) if each is not ...]
        if len(inner) == 1:
            return (_value(owner, name, inner[0]),) * 2
        return tuple(_value(owner, name, each) for each in inner)
    if is_dataclass(hint) and isinstance(hint, type):
        return _made(hint)
    return _plain(owner, name, hint)


def _plain(owner: type, name: str, hint: Any) -> Any:
    if hint is bool:
        return name != "rehearsal"
    if hint is int:
        return _NUMBERS.get(name, 1)
    if hint is datetime:
        return _MOMENT
    if hint is date:
        return _DAY
    if hint is not str:
        raise TypeError(f"no specimen for {owner.__name__}.{name}: {hint}")
    if name == "kind" and owner.__name__ == "RandomnessView":
        return "dice"
    if name in _DIGESTS or (name == "code" and owner.__name__ in ("DrawRecordView", "PublicationView")):
        return hashlib.sha256(name.encode()).hexdigest()
    if owner.__name__ == "TaskView" and name == "name":
        return "示例企业抽查"
    if owner.__name__ == "InspectorView" and name == "name":
        return "示例检查员"
    return _TEXTS.get(name, "示例文字")
