"""Reads a policy profile from its TOML file; a wrong value is refused with file, line and reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from models.policy import (
    DueRule,
    Duty,
    FollowupKind,
    Office,
    Origin,
    Policy,
    PolicyError,
    Publication,
    Reminders,
    RiskClass,
    Source,
    Target,
    Throws,
    Waits,
)
from models.quota import parse_exact

FOLDER = Path(__file__).parent / "policies"

_ORIGIN_KEYS = frozenset({"clause", "at", "source", "assumed"})


class ProfileError(ValueError):
    """A profile that cannot be used: `str()` is `FILE 第 N 行：字段：原因`; line 0 is a file that is not there."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file} 第 {line} 行：{message}" if line else f"{file}：{message}")
        self.file = file
        self.line = line
        self.message = message


def names(folder: Path | None = None) -> tuple[str, ...]:
    """The profiles that can be named: those that ship and those of a bureau's own folder, sorted."""
    folders = [FOLDER] if folder is None else [FOLDER, folder]
    return tuple(sorted({path.stem for each in folders for path in each.glob("*.toml")}))


def load(name: str, folder: Path | None = None) -> Policy:
    """The profile of that name, from a bureau's own folder before those that ship; `ProfileError` if it is unusable."""
    if name not in names(folder):
        known = "、".join(names(folder))
        raise ProfileError(f"{name}.toml", 0, f"没有这个政策配置。现有：{known}。")
    own = folder / f"{name}.toml" if folder else None
    return read(own) if own is not None and own.exists() else _shipped(name)


@cache
def _shipped(name: str) -> Policy:
    return read(FOLDER / f"{name}.toml")


def read(path: Path) -> Policy:
    """The profile in a file; the file's name without `.toml` is the profile's name."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ProfileError(path.name, line, "文件不是 UTF-8 编码，请另存为 UTF-8。") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise ProfileError(path.name, line, f"写法不对（TOML）：{error}。") from None
    try:
        return _Reader(data).policy(path.stem)
    except PolicyError as error:
        raise ProfileError(path.name, _line_of(text, error.field), str(error)) from None


# --- single values ---------------------------------------------------------------------------------------------------


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(path, "应是一段文字，写在引号里，不能为空。")
    return value.strip()


def _maybe_text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(path, "应是一段文字，写在引号里；没有就写空的引号。")
    return value.strip()


def _whole(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PolicyError(path, f"应是整数，写的是 {value!r}。")
    return value


def _maybe_whole(value: Any, path: str) -> int | None:
    return None if value == "无" else _whole(value, path)


def _yes(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise PolicyError(path, "应是 true（是）或 false（否），不加引号。")
    return value


def _ratio(value: Any, path: str) -> Fraction:
    """`5%`, `2.5%` or `1/20`; a bare number is refused, since 5 and 0.05 are both read wrongly by somebody."""
    if not isinstance(value, str):
        raise PolicyError(path, f'比例应写成 "5%" 或 "1/20"，加引号，写的是 {value!r}。')
    try:
        return parse_exact(value)
    except ValueError as error:
        raise PolicyError(path, str(error)) from None


def _maybe_ratio(value: Any, path: str) -> Fraction | None:
    return None if value == "无" else _ratio(value, path)


def _texts(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise PolicyError(path, '应是一列文字，例如 ["甲", "乙"]。')
    return tuple(item.strip() for item in value)


def _wholes(value: Any, path: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise PolicyError(path, "应是一列整数，例如 [5, 3, 1, 0]。")
    return tuple(_whole(item, path) for item in value)


def _hour(value: Any, path: str) -> time:
    if not isinstance(value, str) or not (found := re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value)):
        raise PolicyError(path, f'时刻应写成 "20:00"，加引号，写的是 {value!r}。')
    return time(int(found.group(1)), int(found.group(2)))


def _day(value: Any, path: str) -> date | None:
    if value == "无":
        return None
    if type(value) is not date:
        raise PolicyError(path, f'日期应写成 2022-01-20，不加引号；文件没有日期的写 "无"。写的是 {value!r}。')
    return value


def _month_day(value: Any, path: str) -> tuple[int, int]:
    if not isinstance(value, str) or not (found := re.fullmatch(r"(\d\d)-(\d\d)", value)):
        raise PolicyError(path, f'每年的日期应写成 "04-02"，加引号，写的是 {value!r}。')
    return int(found.group(1)), int(found.group(2))


def _month_days(value: Any, path: str) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list):
        raise PolicyError(path, '应是一列日期，例如 ["04-02", "07-02"]。')
    return tuple(_month_day(item, path) for item in value)


Parser = Callable[[Any, str], Any]

# --- what a profile holds --------------------------------------------------------------------------------------------

_SETTINGS: Mapping[str, Parser] = {
    "office.name": _text,
    "office.short_name": _text,
    "office.letter_code": _maybe_text,
    "office.superior": _text,
    "office.lead_unit": _maybe_text,
    "office.website": _text,
    "office.signers": _texts,
    "ratio_floor": _ratio,
    "blacklist_ratio": _maybe_ratio,
    "team_size": _whole,
    "draw_mode": _text,
    "bot_draw": _text,
    "backfill_days": _maybe_whole,
    "confirm_stage": _yes,
    "confirm_days": _whole,
    "throws.emoji": _text,
    "throws.min_bits": _whole,
    "throws.min_witnesses": _whole,
    "throws.substitute_bits": _whole,
    "throws.deadline_hours": _whole,
    "throws.sources": _texts,
    "substitute_throws": _yes,
    "expert_pool": _yes,
    "cross_unit_teams": _yes,
    "publication.days": _whole,
    "publication.anchor": _text,
    "publication.channels": _texts,
    "publication.subjects": _texts,
    "adjust_reasons": _texts,
    "reminders.stages": _wholes,
    "reminders.leader_after": _whole,
    "reminders.hour": _whole,
    "reminders.quiet_from": _hour,
    "reminders.quiet_until": _hour,
    "waits.receipt_hours": _whole,
    "waits.confirm_hours": _whole,
    "waits.review_days": _whole,
    "methods": _texts,
    "external_conclusions": _yes,
    "photo_required": _yes,
    "item_fields": _texts,
    "discipline": _text,
    "revisit_ratio": _maybe_ratio,
    "group_shows_names": _yes,
    "public_shows_pool": _yes,
    "no_bind": _text,
}

_GROUPS: Mapping[str, Callable[..., Any]] = {
    "office": Office,
    "throws": Throws,
    "publication": Publication,
    "reminders": Reminders,
    "waits": Waits,
}

_SOURCE: Mapping[str, Parser] = {"title": _text, "issuer": _text, "number": _maybe_text, "day": _day}

_RULES: Mapping[str, Mapping[str, Parser]] = {
    "monthly": {"day": _whole},
    "dates": {"dates": _month_days},
    "workdays": {"days": _whole, "after": _text},
}

_ROWS: Mapping[str, Mapping[str, Parser]] = {
    "classes": {"label": _text, "ratio": _ratio, "yearly_cap": _maybe_whole},
    "targets": {"label": _text, "at_least": _ratio, "per": _text},
    "duties": {"title": _text, "who": _text, "rule": lambda value, path: _rule(value, path), "proof": _text},
    "followups": {"label": _text, "needs": _texts, "leads_to": _texts, "workdays": _maybe_whole},
}

# What a row may leave out.
_MAY: Mapping[str, Mapping[str, Parser]] = {"duties": {"form": _text, "covers": _text}}


def _rule(value: Any, path: str) -> DueRule:
    if not isinstance(value, dict) or value.get("kind") not in _RULES:
        raise PolicyError(path, f"期限规则要有 kind，可以写：{'、'.join(_RULES)}。")
    shape = _RULES[value["kind"]]
    given = {key: item for key, item in value.items() if key not in ("kind", "inclusive")}
    _same_keys(given, shape, path)
    parsed = {key: shape[key](item, path) for key, item in given.items()}
    inclusive = _yes(value.get("inclusive", False), path)
    try:
        return DueRule(kind=value["kind"], inclusive=inclusive, **parsed)
    except PolicyError as error:
        raise PolicyError(path, error.reason) from None


def _same_keys(given: Mapping[str, Any], wanted: Mapping[str, Any], path: str) -> None:
    prefix = f"{path}." if path else ""
    for key in given:
        if key not in wanted:
            raise PolicyError(prefix + key, "没有这个设定，是不是写错了？")
    for key in wanted:
        if key not in given:
            raise PolicyError(prefix + key, "缺少这个设定。")


class _Reader:
    """Turns the parsed TOML of one profile into a `Policy`, collecting where each value comes from."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.origins: dict[str, Origin] = {}

    def policy(self, name: str) -> Policy:
        heads = {"title", "source"} | set(_ROWS) | {path.split(".")[0] for path in _SETTINGS}
        _same_keys(self.data, dict.fromkeys(heads), "")
        values: dict[str, Any] = {"name": name, "title": _text(self.data["title"], "title"), "source": self._source()}
        for group in _GROUPS:
            section = self.data[group]
            if not isinstance(section, dict):
                raise PolicyError(group, "应是一节。")
            _same_keys(section, {path.split(".")[1]: None for path in _SETTINGS if path.startswith(f"{group}.")}, group)
        grouped: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
        for path, parse in _SETTINGS.items():
            group, _, key = path.rpartition(".")
            setting = self.data[group][key] if group else self.data[key]
            value = self._setting(path, setting, parse)
            (grouped[group] if group else values)[key] = value
        for group, build in _GROUPS.items():
            values[group] = build(**grouped[group])
        for kind, build in (
            ("classes", RiskClass),
            ("targets", Target),
            ("duties", self._duty),
            ("followups", FollowupKind),
        ):
            values[kind] = self._rows(kind, build)
        return Policy(**values, origins=self.origins)

    def _source(self) -> Source:
        section = self.data["source"]
        if not isinstance(section, dict):
            raise PolicyError("source", "应是一节：title、issuer、number、date。")
        _same_keys(section, _SOURCE, "source")
        return Source(**{key: parse(section[key], f"source.{key}") for key, parse in _SOURCE.items()})

    def _origin(self, table: Mapping[str, Any], path: str) -> Origin:
        given = {key: _text(table[key], f"{path}.{key}") for key in _ORIGIN_KEYS if key in table}
        if "clause" not in given and "assumed" not in given:
            raise PolicyError(path, "要写明依据：clause（原文）或者 assumed（文件没有规定时，说明为什么这样设定）。")
        if "clause" in given and "at" not in given:
            raise PolicyError(path, "引用了原文，还要写明出处 at（第几部分第几条）。")
        return Origin(**given)

    def _setting(self, path: str, table: Any, parse: Parser) -> Any:
        if not isinstance(table, dict) or "value" not in table:
            raise PolicyError(
                path, '应写成 { value = …, clause = "原文", at = "出处" }，或者 { value = …, assumed = "理由" }。'
            )
        _same_keys({k: v for k, v in table.items() if k not in _ORIGIN_KEYS}, {"value": None}, path)
        self.origins[path] = self._origin(table, path)
        return parse(table["value"], path)

    def _duty(self, **values: Any) -> Duty:
        return Duty(**values, clause=self.origins[f"duties.{values['code']}"].clause)

    def _rows(self, kind: str, build: Callable[..., Any]) -> tuple[Any, ...]:
        tables = self.data[kind]
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise PolicyError(kind, f"应写成若干个 [[{kind}]]；没有就写 {kind} = []。")
        rows = []
        for number, table in enumerate(tables):
            place = f"{kind}[{number}]"
            may = {name: parse for name, parse in _MAY.get(kind, {}).items() if name in table}
            shape = {**_ROWS[kind], **may}
            _same_keys({k: v for k, v in table.items() if k not in _ORIGIN_KEYS}, {"code": None, **shape}, place)
            code = _text(table["code"], f"{place}.code")
            self.origins[f"{kind}.{code}"] = self._origin(table, place)
            parsed = {key: parse(table[key], f"{place}.{key}") for key, parse in shape.items()}
            rows.append(self._checked(build, place, code=code, **parsed))
        return tuple(rows)

    @staticmethod
    def _checked(build: Callable[..., Any], place: str, **values: Any) -> Any:
        try:
            return build(**values)
        except PolicyError as error:
            leaf = error.field.rpartition(".")[2]
            raise PolicyError(f"{place}.{leaf}" if leaf in values else place, error.reason) from None


# --- where a value stands in the file --------------------------------------------------------------------------------


def _line_of(text: str, path: str) -> int:
    """The line of the key at `path` (`a.b`, `rows[2].key`), or of the nearest part of it that the file has; else 1."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    section = ""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        was_inside, inside = inside, inside ^ (line.count('"""') % 2 == 1)
        if was_inside:
            continue
        if found := re.match(r"\s*\[\[\s*([\w.-]+)\s*\]\]", line):
            kind = found.group(1)
            section = f"{kind}[{counts.get(kind, 0)}]"
            counts[kind] = counts.get(kind, 0) + 1
            lines.setdefault(section, number)
            lines.setdefault(kind, number)
        elif found := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            section = found.group(1)
            lines.setdefault(section, number)
        elif found := re.match(r"\s*([\w.-]+)\s*=", line):
            lines.setdefault(f"{section}.{found.group(1)}" if section else found.group(1), number)
    # a row named by its code (classes.A.ratio) is looked for by that code
    if found := re.match(r"(classes|targets|duties|followups)\.([^.]+)(?:\.(.+))?$", path):
        kind, code, key = found.groups()
        for place, number in list(lines.items()):
            if re.fullmatch(rf"{kind}\[\d+\]\.code", place) and f'"{code}"' in text.splitlines()[number - 1]:
                path = place.removesuffix(".code") + (f".{key}" if key else "")
    while path:
        for candidate in (f"{path}.value", path):
            if candidate in lines:
                return lines[candidate]
        path = path.rpartition(".")[0]
    return 1
