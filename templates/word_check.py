"""Whether a Word template of the office's own can be used for a kind of document: its fields, and a trial.

A template may show fields, put conditions and go through lists, and nothing else: no calls, no Python.
"""

import difflib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError, ParserCreate

from models.views import LetterView, PaperView
from templates import word, word_guard, word_mark
from templates.specimen import specimen

if TYPE_CHECKING:
    from jinja2 import nodes

_ALLOWED = {
    *("Template", "Output", "TemplateData", "Name", "Getattr", "Getitem", "Const", "If", "For", "Compare", "Operand"),
    *("Not", "And", "Or", "CondExpr", "Filter", "Concat", "Test", "Keyword"),
}
_FILTERS = {"upper", "lower", "length", "count", "default", "d", "trim", "first", "last", "join", "int", "string"}
_TESTS = {"defined", "none", "string", "number", "sameas", "equalto", "odd", "even"}
# How what is not allowed looks in a template.
_SIGNS = {
    "Call": "(",
    "List": "[",
    "Tuple": ",",
    "Dict": "{",
    "Slice": ":",
    "Assign": "set",
    "AssignBlock": "set",
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "Div": "/",
    "FloorDiv": "//",
    "Mod": "%",
    "Pow": "**",
    "Neg": "-",
}
_LOOP = ("index", "index0", "revindex", "first", "last", "length")
_FILLED = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_QUOTE = 40  # characters of a paragraph that are quoted


@dataclass(frozen=True)
class Trial:
    """What was found: `errors` keep a template from being used, `notes` are to be thought of. `sample` is the trial."""

    errors: tuple[str, ...]
    notes: tuple[str, ...]
    sample: bytes | None


@dataclass(frozen=True)
class _Use:
    """One field as a template uses it, and what it may not do."""

    paths: frozenset[str]
    unknown: tuple[str, ...]
    forbidden: tuple[str, ...]


def has_fields(data: bytes) -> bool:
    """Whether a .docx is a template: whether its text holds {{ or {%. Raises word_guard.Unsafe as that does."""
    return any(re.search(r"\{[{%]", "".join(_paragraphs(text))) for _, text in _texts(word_guard.opened(data)))


def has_table(data: bytes) -> bool:
    """Whether a .docx holds a table, as an import needs one."""
    return b"<w:tbl>" in word_guard.opened(data)["word/document.xml"]


def nearest(data: bytes) -> list[str]:
    """Kinds of documents, the one whose fields a template uses most first."""
    texts = [text for _, text in _texts(word_guard.opened(data))]
    names = set(
        re.findall(
            r"[\w\u4e00-\u9fff]+",
            " ".join(re.findall(r"\{[{%](.*?)[}%]\}", "".join(each for text in texts for each in _paragraphs(text)))),
        )
    )
    order = [kind for kind, _, _ in word.KINDS.values()]
    return sorted(order, key=lambda kind: (-_share(names, kind), order.index(kind)))


def check(kind: str, data: bytes) -> Trial:
    """A template held against a kind: fields that are unknown or missing, with their place, and a trial filling."""
    try:
        parts = word_guard.opened(data)
    except word_guard.Unsafe as error:
        return Trial((str(error),), (), None)
    texts = _texts(parts)
    errors = [*_strays(parts), *_unclosed(texts)]
    if errors:
        return Trial(tuple(errors), (), None)
    use = _used(kind, texts)
    if isinstance(use, str):
        return Trial((use,), (), None)
    known = _shipped(kind).paths
    for path in use.unknown:
        near = difflib.get_close_matches(path, sorted(_paths(_fields(kind))), 1, 0.5)
        hint = f"，是不是“{near[0]}”" if near else ""
        errors.append(f"没有“{path}”这个字段{hint}：{_place(texts, path.rpartition('.')[2])}。")
    errors += [f"{each}：{_place(texts, each.partition('“')[2].partition('”')[0])}。" for each in use.forbidden]
    errors += [f"缺少“{path}”，{why}。" for path, why in _needed(kind).items() if path not in use.paths]
    heads = [text for name, text in texts if name.startswith("word/header")]
    if not any("页眉标记" in "".join(_paragraphs(text)) for text in heads) and "页眉标记" in use.paths:
        errors.append("“页眉标记”应当放在页眉里，这样每一页都有演练或者示例的标记。")
    missing = sorted(known - use.paths - set(_needed(kind)))
    notes = [f"自带模板里有、这份模板没有用到的字段：{'、'.join(missing)}。"] if missing else []
    if errors:
        return Trial(tuple(errors), tuple(notes), None)
    return _tried(kind, data, tuple(notes))


def _tried(kind: str, data: bytes, notes: tuple[str, ...]) -> Trial:
    try:
        sample = word.render(data, _fields(kind))
        _readable(sample)
    except Exception as error:
        # Whatever a template from outside makes of the filling, the office is told and goes on.
        said = str(error) if isinstance(error, ValueError) and re.search(r"[\u4e00-\u9fff]", str(error)) else ""
        reason = said or "填写以后不是能打开的文档，请检查 {%p %}、{%tr %} 是否各占一段或者一行"
        return Trial((f"试填没有成功：{reason.rstrip('。')}。",), notes, None)
    return Trial((), notes, sample)


def _readable(data: bytes) -> None:
    """Raises where what was filled is no document that Word would open."""
    import docx

    parts = word_guard.opened(data)
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            try:
                ParserCreate().Parse(content, True)
            except ExpatError:
                raise ValueError("填写以后不是正确的文档，请检查 {% %} 是否成对") from None
    document = docx.Document(io.BytesIO(data))
    for cell in document.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}tc"):
        if not len(cell) or not cell[-1].tag.endswith("}p"):
            raise ValueError("有的单元格填写以后没有段落，Word 打不开，请检查表格里的 {%p %}")


# --- fields ----------------------------------------------------------------------------------------------------------


@cache
def _view(kind: str) -> PaperView:
    owner = next(each for each, (name, _, _) in word.KINDS.items() if name == kind)
    return specimen(owner)


@cache
def _fields(kind: str) -> dict[str, Any]:
    view = _view(kind)
    found: dict[str, Any] = word.KINDS[type(view)][2](view)
    return found


def _needed(kind: str) -> dict[str, str]:
    """Fields that no template of a kind may lack, with the reason."""
    need = {"页眉标记": "演练和示例的文书必须每一页都有标记，请放在页眉里"}
    if isinstance(_view(kind), LetterView):
        need["发文字号"] = "签发以后文号就印在这里"
    if kind == "notice":
        need |= {
            "事项.依据": "国办发〔2024〕54号要求写明检查依据",
            "来源": "国办发〔2024〕54号要求写明任务来源",
            "频次": "国办发〔2024〕54号要求写明检查频次",
        }
    return need


@cache
def _shipped(kind: str) -> _Use:
    use = _used(kind, _texts(word_guard.opened(word.shipped(kind))))
    assert isinstance(use, _Use)
    return use


def _paths(schema: object, before: str = "") -> set[str]:
    """All fields of a kind: 任务.编号, 事项.依据."""
    if isinstance(schema, dict):
        own = {before} if before else set()
        return own.union(*(_paths(each, f"{before}.{name}" if before else name) for name, each in schema.items()))
    if isinstance(schema, list) and schema:
        return {before} | _paths(schema[0], before)
    return {before}


def _share(names: set[str], kind: str) -> float:
    own = {each.rpartition(".")[2] for each in _shipped(kind).paths}
    return len(names & own) / len(names | own) if own else 0.0


def _used(kind: str, texts: list[tuple[str, str]]) -> _Use | str:
    """What a template uses, or the sentence that says why it cannot be read."""
    from docxtpl import DocxTemplate
    from jinja2 import TemplateSyntaxError

    walk = _Walk(_fields(kind))
    for name, text in texts:
        try:
            tree = word.environment().parse(DocxTemplate.patch_xml(None, text))
        except TemplateSyntaxError as error:
            return f"{_part(name)}里的 {{% %}} 或者 {{{{ }}}} 没有写对，看不懂：{_tangled(text, error.message or '')}。"
        walk.block(tree.body, walk.top, 0)
    return _Use(frozenset(walk.paths), tuple(dict.fromkeys(walk.unknown)), tuple(dict.fromkeys(walk.forbidden)))


class _Walk:
    """Goes through a template's statements with what each name stands for: a path, and the value tried with."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.top: dict[str, tuple[str, Any, int]] = {name: (name, value, 0) for name, value in fields.items()}
        self.paths: set[str] = set()
        self.unknown: list[str] = []
        self.forbidden: list[str] = []

    def block(self, body: "list[nodes.Node]", scope: dict[str, tuple[str, Any, int]], depth: int) -> None:
        """A list of statements."""
        for each in body:
            self.node(each, scope, depth)

    def node(self, node: "nodes.Node", scope: dict[str, tuple[str, Any, int]], depth: int) -> None:
        """One statement or expression."""
        kind = type(node).__name__
        if kind not in _ALLOWED:
            self.forbid(kind, getattr(getattr(node, "node", None), "name", "") if kind == "Call" else "")
            return
        if kind == "For":
            self.loop(node, scope, depth)
            return
        if kind in ("Name", "Getattr", "Getitem"):
            self.resolve(node, scope)
            return
        if kind == "Filter" and node.name not in _FILTERS:  # type: ignore[attr-defined]
            self.forbidden.append(f"不能用“{node.name}”")  # type: ignore[attr-defined]
            return
        if kind == "Test" and node.name not in _TESTS:  # type: ignore[attr-defined]
            self.forbidden.append(f"不能用“{node.name}”")  # type: ignore[attr-defined]
            return
        for child in node.iter_child_nodes():
            self.node(child, scope, depth)

    def forbid(self, kind: str, name: str = "") -> None:
        """Something that a template may not do."""
        shown = name or _SIGNS.get(kind, kind.lower())
        self.forbidden.append(f"模板里只能用字段、条件和循环，不能用“{shown}”")

    def loop(self, node: Any, scope: dict[str, tuple[str, Any, int]], depth: int) -> None:
        """A loop: over a list field, or over a list of the row that is gone through."""
        found = self.resolve(node.iter, scope)
        if found is None:
            return
        path, value, level = found
        name = getattr(node.target, "name", "")
        if not isinstance(value, list) or not name or node.recursive:
            self.forbidden.append(f"“{path}”不是列表，不能循环")
            return
        if depth and level == 0:
            self.forbidden.append(f"循环里面不能再循环“{path}”")
            return
        element = value[0] if value else ""
        loop = ("loop", dict.fromkeys(_LOOP, 1), depth + 1)
        inner = scope | {name: (path, element, depth + 1), "loop": loop}
        self.block(node.body, inner, depth + 1)
        self.block(node.else_, scope, depth)
        if node.test is not None:
            self.node(node.test, inner, depth + 1)

    def resolve(self, node: Any, scope: dict[str, tuple[str, Any, int]]) -> tuple[str, Any, int] | None:
        """What a name or a field of one stands for; None where it is none, which is then noted."""
        kind = type(node).__name__
        if kind == "Name":
            if node.name.startswith("_"):
                self.forbid(kind, node.name)
                return None
            found = scope.get(node.name)
            if found is None:
                self.unknown.append(node.name)
                return None
            self.use(found[0])
            return found
        if kind not in ("Getattr", "Getitem"):
            self.forbid(kind)
            return None
        name = node.attr if kind == "Getattr" else getattr(node.arg, "value", None)
        if isinstance(name, str) and name.startswith("_"):
            self.forbid(kind, name)
            return None
        base = self.resolve(node.node, scope)
        if base is None:
            return None
        path, value, level = base
        if isinstance(value, list) and isinstance(name, int):
            return path, value[0] if value else "", level
        if not isinstance(value, dict) or not isinstance(name, str) or name not in value:
            self.unknown.append(f"{path}.{name}")
            return None
        self.use(f"{path}.{name}")
        return f"{path}.{name}", value[name], level

    def use(self, path: str) -> None:
        """A field that is there."""
        if not path.startswith("loop"):
            self.paths.add(path)


# --- places ----------------------------------------------------------------------------------------------------------


def _texts(parts: dict[str, bytes]) -> list[tuple[str, str]]:
    """The parts that are filled, the body first. Raises word_guard.Unsafe for one that is no UTF-8."""
    try:
        found = [(name, data.decode("utf-8")) for name, data in parts.items() if _FILLED.fullmatch(name)]
    except UnicodeDecodeError:
        raise word_guard.Unsafe("文档的文字编码不对，请在 Word 里另存为 .docx 再发。") from None
    return sorted(found, key=lambda each: (each[0] != "word/document.xml", each[0]))


def _paragraphs(text: str) -> Iterator[str]:
    """The text of each paragraph of a part."""
    for each in re.split(r"<w:p(?=[ >])", text)[1:]:
        yield word_mark.words(each)


def _part(name: str) -> str:
    return {"d": "正文", "h": "页眉", "f": "页脚"}[name[5]]


def _place(texts: list[tuple[str, str]], name: str) -> str:
    """Where a name stands in a statement: part, paragraph and its first words."""
    wanted = re.compile(r"\{[{%].*?" + re.escape(name) + r".*?[}%]\}")
    for part, text in texts:
        for number, words in enumerate(_paragraphs(text), 1):
            if wanted.search(words):
                shown = words if len(words) <= _QUOTE else f"{words[:_QUOTE]}……"
                return f"{_part(part)}第 {number} 段「{shown}」"
    return "正文"


def _strays(parts: dict[str, bytes]) -> list[str]:
    """Fields where nothing is ever filled."""
    names = {"word/footnotes.xml": "脚注", "word/endnotes.xml": "尾注", "word/comments.xml": "批注"}
    return [
        f"{where}里的字段填不到，请移到正文、页眉或者页脚。"
        for name, where in names.items()
        if re.search(r"\{[{%]", word_mark.words(parts.get(name, b"").decode("utf-8", "replace")))
    ]


def _unclosed(texts: list[tuple[str, str]]) -> list[str]:
    """Paragraphs in which a field is opened and not closed, and loops or conditions without an end."""
    found = []
    for part, text in texts:
        for number, words in enumerate(_paragraphs(text), 1):
            if words.count("{{") != words.count("}}") or words.count("{%") != words.count("%}"):
                found.append(f"{_part(part)}第 {number} 段的字段没有写完整：「{words[:_QUOTE]}」。")
        words = "".join(_paragraphs(text))
        for start, end in (("for", "endfor"), ("if", "endif")):
            begun = len(re.findall(r"\{%-?(?:p|tr|tc)?\s*" + start + r"(?=\W)", words))
            ended = len(re.findall(r"\{%-?(?:p|tr|tc)?\s*" + end + r"\b", words))
            if begun != ended:
                found.append(f"{_part(part)}里有 {begun} 个 {{% {start} %}}，{ended} 个 {{% {end} %}}，应当成对。")
    return found


def _tangled(text: str, message: str) -> str:
    """The first statement, as the nearest place that can be given; the parser knows no paragraphs."""
    quoted = re.findall(r"'([^']+)'", message)
    return _place([("word/document.xml", text)], quoted[-1] if quoted else "")
