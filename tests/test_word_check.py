"""Own templates: fields unknown or missing are named with their place, what is unsafe is refused, the rest is tried."""

import io
import zipfile
from collections.abc import Callable

import pytest

from templates import word, word_check, word_guard
from templates.paper import LETTER, NAMESPACES, control, package, paragraph, text, zipped
from templates.specimen import specimen
from tests.test_word import whole_text

KINDS = [kind for kind, _, _ in word.KINDS.values()]


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def changed(data: bytes, old: str, new: str, part: str = "word/document.xml") -> bytes:
    """A document in which a text of one part is another."""
    parts = parts_of(data)
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    return zipped(parts)


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    return zipped(parts_of(data or word.shipped("notice")) | {name: content})


def notice(*body: str) -> bytes:
    """A template of 检查通知书 with all that it needs, and more."""
    needed = (
        text("{{ 发文字号 }}{{ 来源 }}{{ 频次 }}")
        + control("for 行 in 事项")
        + text("{{ 行.依据 }}")
        + control("endfor")
    )
    return package(needed + "".join(body), LETTER, "试验")


@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_template_is_sound_and_every_field_of_it_known(kind: str) -> None:
    found = word_check.check(kind, word.shipped(kind))
    assert (found.errors, found.notes) == ((), ())
    assert found.sample is not None and "示例" in whole_text(found.sample)
    assert word_check.nearest(word.shipped(kind))[0] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_specimen_fills_every_field(kind: str) -> None:
    owner = next(each for each, (name, _, _) in word.KINDS.items() if name == kind)
    assert specimen(owner) == specimen(owner)
    assert specimen(owner).sample and not specimen(owner).rehearsal


def test_an_unknown_field_is_named_with_its_place_and_what_was_probably_meant() -> None:
    wrong = changed(word.shipped("notice"), "检查频次：{{ 频次 }}。", "检查频次：{{ 频率 }}。")
    found = word_check.check("notice", wrong)
    assert found.sample is None
    assert any("没有“频率”这个字段" in each and "「检查频次：{{ 频率 }}。」" in each for each in found.errors)
    assert any("缺少“频次”" in each and "54号" in each for each in found.errors)
    found = word_check.check(
        "notice",
        changed(word.shipped("notice"), "{{ 对象.地址 }}", "{{ 对象.住址 }}"),
    )
    assert found.errors and "没有“对象.住址”这个字段" in found.errors[0] and "正文第" in found.errors[0]
    found = word_check.check("notice", notice(text("{{ 监督电活 }}")))
    assert "是不是“监督电话”" in found.errors[0]


def test_what_the_shipped_template_says_and_the_own_one_does_not_is_named() -> None:
    found = word_check.check("notice", notice())
    assert found.errors == () and found.sample is not None
    assert "检查人员" in found.notes[0] and "复议机关" in found.notes[0] and "发文字号" not in found.notes[0]


def test_the_mark_of_rehearsals_must_stand_in_the_header() -> None:
    plain = changed(word.shipped("notice"), "{{ 页眉标记 }}", "", "word/header1.xml")
    found = word_check.check("notice", changed(plain, "{{ 页眉标记 }}", "", "word/header2.xml"))
    assert any("缺少“页眉标记”" in each for each in found.errors)


REACHING = [
    "{{ ''.__class__.__mro__ }}",
    "{{ 来源.__class__ }}",
    "{{ 来源['__class__'] }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ '{0.__class__}'.format(来源) }}",
    "{{ 来源|attr('__class__') }}",
    "{{ self._TemplateReference__context }}",
    "{{ range(10) }}",
    "{{ 事项.append(1) }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 9 ** 9999999 }}",
    "{% set x = 来源 %}{{ x }}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{{ 来源|replace('a', 'aaaaaaaaaa') }}",
    "{{ '%099999999d'|format(1) }}",
    "{{ [来源, 来源] }}",
    "{% macro f() %}{% endmacro %}{{ f() }}",
]


@pytest.mark.parametrize("attack", REACHING)
def test_a_template_that_reaches_for_python_is_refused_with_a_sentence(attack: str) -> None:
    found = word_check.check("notice", notice(text(attack)))
    assert found.sample is None and found.errors
    assert all(each.endswith("。") and not each.isascii() for each in found.errors)


def test_loops_that_would_never_end_are_refused() -> None:
    twice = control("for 甲 in 事项") + control("for 乙 in 事项") + text("{{ 乙.名称 }}") + control("endfor") * 2
    found = word_check.check("notice", notice(twice))
    assert any("循环里面不能再循环“事项”" in each for each in found.errors)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (text("{{ 来源"), "没有写完整"),
        (control("if 来源") + text("有"), "1 个 {% if %}，0 个 {% endif %}"),
        (text("{{ 来源 来源 }}"), "没有写对"),
        (text("{{ 来源|倒序 }}"), "倒序"),
        (control("for 行 in 来源") + text("{{ 行 }}") + control("endfor"), "不是列表"),
    ],
)
def test_a_slip_is_said_with_its_place(body: str, said: str) -> None:
    found = word_check.check("notice", notice(body))
    assert found.sample is None and any(said in each for each in found.errors), found.errors


def test_fields_where_nothing_is_filled_are_named() -> None:
    note = f"<w:footnotes {NAMESPACES}><w:p><w:r><w:t>{{{{ x }}}}</w:t></w:r></w:p></w:footnotes>".encode()
    found = word_check.check("notice", with_part("word/footnotes.xml", note))
    assert found.errors == ("脚注里的字段填不到，请移到正文、页眉或者页脚。",)


def test_what_only_docxtpl_can_do_is_tried_too() -> None:
    found = word_check.check("notice", notice(paragraph("{{ 来源|upper }}{{ 对象.名称 ~ '收' }}")))
    assert found.sample is not None and "示例某某有限公司收" in whole_text(found.sample)


# --- files that are not safe ------------------------------------------------------------------------------------------

LINK = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="External"/>'
    b"</Relationships>"
)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts_of(word.shipped("notice")).items():
            archive.writestr(name, data)
        archive.writestr("word/media/image1.png", bytes(30 * 2**20))
    return out.getvalue()


def linked(kind: bytes, target: bytes) -> bytes:
    return with_part("word/_rels/header1.xml.rels", LINK % (kind, target))


def fetching() -> bytes:
    field = '</w:t><w:instrText>INCLUDETEXT "/etc/passwd"</w:instrText><w:t>'
    return changed(word.shipped("notice"), "检查通知书", field)


def macro_type() -> bytes:
    return changed(word.shipped("notice"), "document.main+xml", "macroEnabled.main+xml", "[Content_Types].xml")


def many() -> bytes:
    return zipped(parts_of(word.shipped("notice")) | {f"word/a{at}.xml": b"<a/>" for at in range(600)})


def locked() -> bytes:
    data = bytearray(word.shipped("notice"))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


UNSAFE: list[tuple[str, Callable[[], bytes], str]] = [
    ("bomb", bomb, "大得不正常"),
    ("many parts", many, "部件超过"),
    ("password", locked, "密码"),
    ("macro", lambda: with_part("word/vbaProject.bin", b"x"), "宏"),
    ("macro type", macro_type, "宏"),
    ("object", lambda: with_part("word/embeddings/oleObject1.bin", b"x"), "嵌入的对象"),
    ("control", lambda: with_part("word/activeX/activeX1.xml", b"<a/>"), "控件"),
    ("template", lambda: linked(b"attachedTemplate", b"file:///C:/x.dotm"), "附加模板"),
    ("picture", lambda: linked(b"image", b"http://a.example/x.png"), "链接的图片"),
    ("file link", lambda: linked(b"hyperlink", b"file:///etc/passwd"), "外部"),
    ("entity", lambda: with_part("word/header3.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "不会有的内容"),
    ("outside", lambda: with_part("../evil.xml", b"<a/>"), "指向外面"),
    ("fetching field", fetching, "INCLUDETEXT"),
    ("no zip", lambda: b"\xd0\xcf\x11\xe0 old word", "另存为"),
    ("other zip", lambda: zipped({"a.txt": b"a"}), "不是 Word 文档"),
]


@pytest.mark.parametrize(("make", "said"), [each[1:] for each in UNSAFE], ids=[each[0] for each in UNSAFE])
def test_a_file_that_is_not_safe_is_refused_before_it_is_read(make: Callable[[], bytes], said: str) -> None:
    with pytest.raises(word_guard.Unsafe, match=said):
        word_guard.opened(make())
    assert word_check.check("notice", make()).sample is None


def test_a_plain_link_to_a_page_is_no_danger() -> None:
    assert word_check.check("notice", linked(b"hyperlink", b"https://www.example.com/")).errors == ()
