"""Judges single rows of imported text: what they mean, what cannot be taken and why, what is odd and probably meant."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from models import codes, importword, spellings
from models.cells import Cells, doubt_of, label_in, read_phone, read_tags, register_number, same_name
from models.cells import Doubt as Doubt
from models.cells import Judged as Judged
from models.cells import Known as Known
from models.cells import Refusal as Refusal
from models.holidaylist import holidays
from models.period import read_period
from models.platformlist import platform
from models.quota import parse_ratio
from models.rows import Row, Table
from models.words import EntityState, InspectorState, Role, chinese

# --- the plan ---------------------------------------------------------------------------------------------------------

PLAN_FIELDS = (
    "plan_no",
    "plan_name",
    "task_no",
    "name",
    "kind",
    "ratio_text",
    "item_text",
    "scope_text",
    "lead_text",
    "joint_text",
    "period_text",
)
_PLAN_NO = re.compile(r"(20\d{2})(\d{3})")
_YEAR = re.compile(r"(20\d{2})年?")
_WRITTEN_YEAR = re.compile(r"(?<!\d)(20\d{2})(?=年|\d{3}(?!\d)|[./-]\d)")


def plan(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of a plan; numbers and names are kept as written and reported where they stand out (S0)."""
    year = _usual_year(table)
    judged = [_plan_row(table, row, year) for row in table.rows]
    years = Counter(each.values["year"] for each in judged if each.values.get("year"))
    if years:
        year = years.most_common(1)[0][0]
        for each in judged:
            own, each.values["year"] = each.values.get("year"), year
            if own and own != year:
                each.doubts.append(
                    doubt_of(table, each.row, "plan_no", f"编号像是 {own} 年的，这张表其余是 {year} 年的")
                )
    _odd_numbers(table, judged)
    return judged


def _usual_year(table: Table) -> int | None:
    """The year that most rows name somewhere: what a row means that writes 11月底前 and no year at all."""
    named = Counter(
        found[1]
        for row in table.rows
        if (found := _WRITTEN_YEAR.search(" ".join(row.get(name) for name in PLAN_FIELDS if table.titles.get(name))))
    )
    return int(named.most_common(1)[0][0]) if named else None


def _plan_row(table: Table, row: Row, usual: int | None) -> Judged:
    cells = Cells(table, row)
    values = cells.judged.values
    for name in PLAN_FIELDS:
        values[name] = cells.text(name) if name in ("item_text", "scope_text", "joint_text") else cells.line(name)
    for name in ("plan_no", "task_no"):
        if codes.is_scientific(values[name]):
            cells.refuse(name, codes.scientific_sentence(table.title(name), values[name]))
    if not values["plan_no"] and not values["task_no"]:
        cells.refuse("plan_no", "没有抽查计划编号，也没有抽查任务编号。请至少填写一个。")
    if not values["name"]:
        values["name"] = values["plan_name"]
    if not values["name"]:
        cells.refuse("name", "没有抽查任务名称。请补上。")
    year = next((int(m[1]) for t in ("plan_no", "plan_name", "name") if (m := _YEAR.match(values[t]))), None)
    ratio = cells.parse("ratio_text", parse_ratio)
    for remark in ratio.remarks if ratio is not None else ():
        cells.doubt("ratio_text", remark)
    if ratio is not None and ratio.quota is None and not ratio.parts:
        cells.doubt("ratio_text", "只写了频次，没有写比例，补全时要填写比例或者户数")
    elif ratio is not None and ratio.base == "typed":
        cells.doubt("ratio_text", f"「{ratio.text}」的基数不是名录库，补全时要填写基数")
    period = cells.parse("period_text", lambda text: read_period(text, year or usual))
    if period is not None:
        values["starts"], values["ends"] = period.first, period.last
        if period.meant:
            cells.doubt("period_text", f"「{cells.line('period_text')}」{period.meant}")
        if year is None:
            year = period.first.year
        elif year not in (period.first.year, period.last.year):
            cells.doubt("period_text", f"抽查时间不在 {year} 年内")
    for name, what in (("item_text", "抽查事项"), ("scope_text", "抽查对象范围"), ("lead_text", "发起处室")):
        if not values[name]:
            cells.doubt(name, f"没有写{what}，补全时要填写")
    _odd_name(cells, values)
    values["year"] = year
    cells.judged.key = (values["plan_no"], values["task_no"])
    return cells.judged


def _odd_name(cells: Cells, values: dict[str, Any]) -> None:
    """A task name that differs from its plan's name, as two columns of one row should not."""
    plain = re.sub(r"\d+号?$", "", "".join(values["plan_name"].split()))
    name = "".join(values["name"].split())
    if not plain or plain == name:
        return
    if sorted(plain) == sorted(name):
        cells.doubt("name", f"任务名称字序可能有误，可能是「{plain}」", plain)
    else:
        cells.doubt("name", f"任务名称与计划名称「{plain}」不一致")


def _odd_numbers(table: Table, judged: Sequence[Judged]) -> None:
    """Numbers that break the form that most of the plan's numbers have."""
    regular_plans = [each for each in judged if _PLAN_NO.fullmatch(each.values["plan_no"])]
    regular_tasks = [each for each in judged if re.fullmatch(r"\d{3}", each.values["task_no"])]
    plans_have_form = len(regular_plans) * 2 > len(judged)
    tasks_have_form = len(regular_tasks) * 2 > len(judged)
    for each in judged:
        plan_no, task_no = each.values["plan_no"], each.values["task_no"]
        digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", task_no))
        serial = digits.zfill(3) if 0 < len(digits) <= 3 else ""
        if tasks_have_form and task_no and not re.fullmatch(r"\d{3}", task_no):
            said = f"任务编号「{task_no}」与其他行的写法不同"
            each.doubts.append(doubt_of(table, each.row, "task_no", said, serial))
        if not plans_have_form or not plan_no:
            continue
        guess = f"{each.values['year']}{serial}" if serial and each.values.get("year") else ""
        if not _PLAN_NO.fullmatch(plan_no):
            said = f"计划编号「{plan_no}」与其他行的写法不同"
            each.doubts.append(doubt_of(table, each.row, "plan_no", said, guess))
        elif serial and tasks_have_form and plan_no[4:] != serial:
            said = f"计划编号「{plan_no}」与任务编号「{task_no}」对不上"
            each.doubts.append(doubt_of(table, each.row, "plan_no", said, guess))


def units_in(text: str) -> list[str]:
    """The units of a cell like `监督检查科、监测站`, also one a line; `无` and `—` are none."""
    plain = re.sub(r"[(（].*?[)）]", "", text)
    names = [name.strip() for name in re.split(r"[、,，;；\n/]|\s{2,}", plain)]
    return [name for name in names if name and name not in ("无", "—", "-", "/", "――", "——")]


# --- the list and the two registers -----------------------------------------------------------------------------------


def item(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of the list of items; one without a basis is refused (S3)."""
    judged = []
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        values["name"] = _said(cells, "name", "没有抽查事项名称。请补上。")
        values["basis"] = cells.text("basis")
        if spellings.nothing(values["basis"]) and "basis" not in row.flaws:
            cells.refuse("basis", "没有抽查依据。没有依据的事项不得检查，请补上法律、法规、规章的条款。")
        code = codes.plain_code(cells.line("code"))
        if codes.is_scientific(code):
            cells.refuse("code", codes.scientific_sentence(table.title("code"), code))
        cells.optional("subject", "content", "method", "ratio", "frequency", "superior_code", "guide", "form")
        if cells.has("category"):
            category = cells.parse("category", _category)
            values["category"] = category or "一般"
        if cells.has("published_on"):
            values["published_on"] = cells.parse("published_on", spellings.day)
        # Offices' lists often have no codes: then the name is what tells items apart.
        cells.judged.key = (code,) if code else ("", values["name"])
        values["code"] = code
        judged.append(cells.judged)
    return judged


def _said(cells: Cells, name: str, reason: str) -> str:
    """A cell as one line that must say something: a dash or 无 is nothing."""
    text = cells.required(name, reason)
    if text and spellings.nothing(text) and name not in cells.judged.row.flaws:
        cells.refuse(name, reason)
    return text


def _category(text: str) -> str:
    plain = text.strip()
    for word in ("重点", "一般"):
        if plain.startswith(word):
            return word
    if not plain:
        return "一般"
    raise ValueError(f"事项类别「{plain}」看不懂。请写「一般」或者「重点」。")


_ENTITY_STATES = {
    EntityState.ACTIVE: (
        *("", "存续", "在业", "在营", "开业", "正常", "在册", "登记成立", "有效", "设立", "确立"),
        *("正常经营", "正常营业", "正在经营", "营业", "经营", "存续在营", "在营开业"),
    ),
    EntityState.SUSPENDED: ("停业", "歇业", "停产", "停产停业", "停业停产", "暂停营业", "暂停经营", "关停", "停工"),
    EntityState.REVOKED: ("吊销", "已吊销", "吊销未注销", "已吊销未注销", "吊销营业执照"),
    EntityState.CLOSED: ("注销", "已注销", "撤销", "已撤销", "吊销已注销", "吊销后注销", "吊销并注销"),
    EntityState.MOVED: ("迁出", "已迁出", "迁往异地", "迁出本地", "已迁往异地"),
}
_INSPECTOR_STATES = {
    InspectorState.ACTIVE: (
        *("", "在岗", "在职", "是", "正常", "有效", "在编", "在编在岗", "在岗在编", "在职在编", "在职在岗", "在岗在职"),
    ),
    InspectorState.LEFT: (
        *("离岗", "离职", "退休", "调离", "调出", "否", "已离岗", "已离职", "已退休", "已调离", "已调出"),
        *("不在岗", "失效", "已失效", "无效", "注销", "已注销", "调离岗位"),
    ),
}


def entity(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of the register of entities; its label is the credit code, or the register's own number."""
    judged = []
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        label: str | None = ""
        if not spellings.nothing(cells.text("label")):
            label = cells.parse("label", codes.credit_code)
        elif not spellings.nothing(cells.text("register_no")):
            label = cells.parse("register_no", register_number)
        elif "label" not in row.flaws:
            cells.refuse("label", "没有统一社会信用代码，也没有名录库编号。请至少填写一个。")
        values["label"] = label or ""
        values["name"] = _said(cells, "name", "没有检查对象名称。请补上。")
        cells.optional("kind", "industry", "district", "address", "contact", "licences")
        if cells.has("phone"):
            values["phone"] = cells.parse("phone", read_phone) or ""
        if cells.has("risk_class"):
            values["risk_class"] = (
                cells.parse("risk_class", partial(_risk_class, known), asks=importword.RISK_CLASS) or ""
            )
        if cells.has("tags"):
            values["tags"] = cells.parse("tags", read_tags) or []
        if cells.has("state"):
            state = cells.parse(
                "state", lambda t: spellings.state(_ENTITY_STATES, t, "状态", "存续、停业、吊销、注销或者迁出")
            )
            values["state"] = str(state or EntityState.ACTIVE)
        if cells.has("as_of"):
            as_of = cells.parse("as_of", spellings.day)
            if as_of is not None:
                values["as_of"] = as_of
        cells.judged.key = (values["label"],)
        judged.append(cells.judged)
    return judged


def _risk_class(known: Known, text: str) -> str:
    """A class by its code, its label, or a word that somebody has explained."""
    found = spellings.risk_class(known.classes, text)
    if found is None:
        told = known.meant(importword.RISK_CLASS, text)
        found = told if told in known.classes else None
    if found is None:
        raise ValueError(
            f"信用风险等级「{text.strip()}」不在本单位的等级（{'、'.join(known.classes)}）之中。请改正，或者留空。"
        )
    return found


def inspector(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of the register of inspectors (S3); the label is the 执法证号."""
    judged = []
    numbers: dict[str, int] = {}
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        values["label"] = ""
        if not spellings.nothing(cells.text("label")):
            values["label"] = _certificate(cells)
        elif "label" not in row.flaws:
            cells.refuse("label", "没有执法证号。没有执法证的人员不得参加抽查，请补上证号或者删去这一行。")
        values["name"] = cells.required("name", "没有姓名。请补上。")
        cells.optional("kind", "post")
        if cells.has("sex"):
            values["sex"] = cells.text("sex").removesuffix("性")
            if values["sex"] not in ("", "男", "女"):
                cells.doubt("sex", f"性别「{values['sex']}」不是男，也不是女")
        if cells.text("id_number"):
            number = cells.parse("id_number", codes.id_number)
            if number is not None:
                values["id_number"] = number
                if number in numbers:
                    cells.refuse("id_number", f"身份证号码与第 {numbers[number]} 行重复。请核对后重填。")
                numbers.setdefault(number, row.number)
                if (said := codes.id_number_doubt(number)) is not None:
                    cells.doubt("id_number", said)
        if cells.has("phone"):
            values["phone"] = cells.parse("phone", read_phone) or ""
        values["unit_id"] = _unit(cells, known)
        if cells.has("specialties"):
            values["specialties"] = cells.parse("specialties", read_tags) or []
        until = cells.parse("valid_until", spellings.last_day)
        if until is None:
            if spellings.nothing(cells.text("valid_until")) and "valid_until" not in row.flaws:
                cells.refuse(
                    "valid_until",
                    "没有写证件有效期，无法判断执法证是否有效。请增加「证件有效期至」一列，写成 2028-12-31。",
                )
        else:
            values["valid_until"] = until
            if until < known.today:
                cells.doubt("valid_until", f"执法证已在 {until.isoformat()} 到期，抽取时不会派出")
        for name in ("away_from", "away_to"):
            if cells.has(name):
                values[name] = cells.parse(name, spellings.day)
        if cells.has("state"):
            state = cells.parse("state", lambda text: spellings.state(_INSPECTOR_STATES, text, "状态", "在岗或者离岗"))
            values["state"] = str(state or InspectorState.ACTIVE)
        cells.judged.key = (values["label"],)
        judged.append(cells.judged)
    return judged


def _certificate(cells: Cells) -> str:
    """A 执法证号; an ID number in its place is personal data and never repeated."""
    try:
        return codes.certificate_no(cells.text("label"))
    except codes.PersonalNumber as error:
        cells.refuse("label", str(error), "")
    except ValueError as error:
        if "label" not in cells.judged.row.flaws:
            cells.refuse("label", str(error))
    return ""


def _unit(cells: Cells, known: Known) -> int | None:
    """A unit by its name, or by a word that somebody has explained."""
    if not cells.has("unit"):
        return known.own_unit
    name = cells.required("unit", "没有写所在单位。请补上，写法与单位名单一致。")
    if not name:
        return None
    found = known.units.get(name) or known.units.get(known.meant(importword.UNIT, name))
    found = found or next((unit for each, unit in known.units.items() if same_name(each, name)), None)
    if found is None and "unit" not in cells.judged.row.flaws:
        shown = "、".join(list(known.units)[:12])
        said = f"没有名为「{name}」的单位。请改成已有的单位（{shown}），或者请管理员先用人员表增加这个单位。"
        cells.refuse("unit", said, name, asks=importword.UNIT)
    return found


_EXPERT_STATES = {
    True: ("", "在库", "在聘", "聘任", "在聘期", "在册", "有效", "正常", "是"),
    False: ("退出", "已退出", "解聘", "已解聘", "离库", "停用", "注销", "到期", "失效", "无效", "否"),
}


def expert(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of the register of experts (S0: 从专家库中随机抽取); its label is the register's own number."""
    judged = []
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        values["label"] = ""
        if cells.text("label"):
            values["label"] = cells.parse("label", lambda text: register_number(text, "专家编号")) or ""
        values["name"] = cells.required("name", "没有姓名。请补上。")
        cells.optional("field", "title", "employer")
        if cells.has("phone"):
            values["phone"] = cells.parse("phone", read_phone) or ""
        if cells.has("valid_until"):
            values["valid_until"] = cells.parse("valid_until", spellings.last_day)
            if values["valid_until"] is not None and values["valid_until"] < known.today:
                cells.doubt("valid_until", f"聘期已在 {values['valid_until'].isoformat()} 届满，抽取时不会列入")
        if cells.has("unit"):
            values["unit_id"] = _unit(cells, known) if cells.text("unit") else None
        if cells.has("state"):
            state = cells.parse("state", lambda text: spellings.state(_EXPERT_STATES, text, "状态", "在库或者退出"))
            values["active"] = state is not False
        # Offices' lists often have no numbers: then the name is what tells experts apart.
        cells.judged.key = (values["label"],) if values["label"] else ("", values["name"])
        judged.append(cells.judged)
    return judged


def recusal(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of a list of recusals: both sides must be in the registers, and names must fit the codes."""
    judged = []
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        entity_label = label_in(cells, "entity", "entity_name", known.entities, "检查对象名录库")
        label = label_in(cells, "inspector", "inspector_name", known.inspectors, "执法检查人员名录库")
        found_entity, found_inspector = known.entities.get(entity_label), known.inspectors.get(label)
        for found, name, what in (
            (found_entity, "entity_name", "检查对象名称"),
            (found_inspector, "inspector_name", "检查人员姓名"),
        ):
            given = cells.line(name)
            if found is not None and given and not same_name(given, found[1]):
                cells.refuse(name, f"{what}「{given}」与名录库中的「{found[1]}」不符。请核对代码和名称是哪一个写错了。")
        values["reason"] = _said(cells, "reason", "没有写回避原因。请补上。")
        values["entity_id"] = found_entity[0] if found_entity else None
        values["inspector_id"] = found_inspector[0] if found_inspector else None
        cells.judged.key = (entity_label, label)
        judged.append(cells.judged)
    return judged


_ROLES = {chinese(role): role for role in Role}
# Whoever is bound in the group may witness a draw; it is no role of its own (DESIGN §3).
WITNESS = "见证人"


def read_roles(text: str) -> list[str]:
    """The roles of a cell like `工作人员、复核人`, in a fixed order; 见证人 alone is none. ValueError in Chinese."""
    words = [
        part.strip() for part in re.split(r"[、,，;；/\n\s]+", unicodedata.normalize("NFKC", text)) if part.strip()
    ]
    if not words:
        raise ValueError(f"没有写角色。请填写{'、'.join(_ROLES)}或者{WITNESS}，有几项的用顿号隔开。")
    for word in words:
        if word not in _ROLES and word != WITNESS:
            raise ValueError(f"角色「{word[:20]}」看不懂。请填写{'、'.join(_ROLES)}或者{WITNESS}。")
    return sorted({str(_ROLES[word]) for word in words if word in _ROLES})


def people(table: Table, known: Known) -> list[Judged]:
    """Judge the rows of a 人员表: who works where in which roles; a unit that is missing is made with it."""
    judged = []
    for row in table.rows:
        cells = Cells(table, row)
        values = cells.judged.values
        values["name"] = cells.required("name", "没有姓名。请补上。")
        values["unit"] = cells.required("unit", "没有写所在单位。请补上。")
        if values["unit"] not in known.units:
            values["unit"] = known.meant(importword.UNIT, values["unit"]) or values["unit"]
        values["roles"] = cells.parse("roles", read_roles) or []
        values["label"] = ""
        if cells.text("label"):
            values["label"] = label = _certificate(cells)
            found = known.inspectors.get(label) if label else None
            if found is not None and found[1] != values["name"]:
                cells.refuse(
                    "label", f"执法证号「{label}」在名录库中是「{found[1]}」，不是「{values['name']}」。请核对。"
                )
            elif label and found is None:
                cells.doubt("label", "名录库里还没有这个执法证号，导入执法检查人员名录库后按单位和姓名对应")
        if cells.has("phone"):
            values["phone"] = cells.parse("phone", read_phone) or ""
        if values["unit"] and values["unit"] not in known.units:
            cells.doubt("unit", f"还没有单位「{values['unit']}」，导入时新增")
        cells.judged.key = (values["unit"], values["name"], values["label"])
        judged.append(cells.judged)
    return judged


JUDGES: dict[str, Callable[[Table, Known], list[Judged]]] = {
    "plan": plan,
    "item": item,
    "entity": entity,
    "inspector": inspector,
    "recusal": recusal,
    "people": people,
    "expert": expert,
    "holidays": holidays,
    "platform": platform,
}
