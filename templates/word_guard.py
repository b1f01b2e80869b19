"""Whether a .docx from outside is safe to open: no bomb, no macro, nothing that reaches out of the file.

Written with the standard library alone; nothing is parsed as XML before it was looked through.
"""

import io
import re
import zipfile
import zlib

PART_LIMIT = 20 * 2**20
WHOLE_LIMIT = 60 * 2**20
PARTS_LIMIT = 500
RATIO_LIMIT = 200  # packed to unpacked, of a part beyond RATIO_FROM bytes
RATIO_FROM = 2**20

_STEP = 64 * 1024
_LINKS = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_MACROS = re.compile(r"(?i)(vba|macro)")
_ACTIVE = re.compile(r"(?i)^word/(activeX|embeddings|ctrlProps)/|\.(bin|exe|dll|js|vbs|ps1|hta)$")
# Fields of Word that fetch or run something when the file is opened.
_FETCHING = re.compile(rb"(?i)\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE|MACROBUTTON)\b")
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)</w:instrText>|\bw:instr=\"([^\"]*)\"")


class Unsafe(ValueError):
    """The file is not taken. The message is one Chinese sentence: what is wrong and what to do."""


def opened(data: bytes) -> dict[str, bytes]:
    """The parts of a .docx that is safe to work with. Raises Unsafe for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, Unsafe):
            raise
        raise Unsafe("这个文件不是完好的 .docx 文档，请在 Word 或者 WPS 里另存为 .docx 再发。") from None
    if "word/document.xml" not in parts or "[Content_Types].xml" not in parts or "_rels/.rels" not in parts:
        raise Unsafe("这个文件不是 Word 文档（.docx），请在 Word 或者 WPS 里另存为 .docx 再发。")
    for name, content in parts.items():
        _look(name, content)
    return parts


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > PARTS_LIMIT:
        raise Unsafe(f"文档里的部件超过 {PARTS_LIMIT} 个，不像正常的文档，没有打开。")
    names = [each.filename for each in entries]
    if len(set(names)) != len(names):
        raise Unsafe("文档里有重名的部件，不像正常的文档，没有打开。")
    found: dict[str, bytes] = {}
    whole = 0
    for each in entries:
        name = each.filename
        if name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or ":" in name:
            raise Unsafe("文档里有指向外面的部件名，没有打开。")
        if each.flag_bits & 1:
            raise Unsafe("文档有密码，请去掉密码再发。")
        if each.is_dir():
            continue
        content = _read(archive, each)
        whole += len(content)
        if whole > WHOLE_LIMIT:
            raise Unsafe(f"文档解压后超过 {WHOLE_LIMIT // 2**20} MB，没有打开。请去掉里面的大图片再发。")
        found[name] = content
    return found


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One part, unpacked no further than the limit whatever the archive says of its size."""
    out: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_STEP):
            size += len(piece)
            if size > PART_LIMIT or (size > RATIO_FROM and size > RATIO_LIMIT * max(1, entry.compress_size)):
                raise Unsafe("文档解压后大得不正常，没有打开。请去掉里面的大图片再发。")
            out.append(piece)
    return b"".join(out)


def _look(name: str, content: bytes) -> None:
    if _MACROS.search(name) or (name == "[Content_Types].xml" and b"macroEnabled" in content):
        raise Unsafe("文档里有宏，没有打开。请在 Word 里另存为不带宏的 .docx 再发。")
    if _ACTIVE.search(name):
        raise Unsafe("文档里有嵌入的对象或者控件，没有打开。请去掉以后再发。")
    if not name.endswith((".xml", ".rels")):
        return
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unsafe("文档里有 Word 文档不会有的内容，没有打开。")
    if name.endswith(".rels"):
        _links(content)
    for found in _INSTRUCTION.finditer(content):
        if _FETCHING.search(found.group(1) or found.group(2) or b""):
            raise Unsafe("文档里有会从外面取内容的域（例如 INCLUDETEXT、DDE），没有打开。请去掉以后再发。")


def _links(content: bytes) -> None:
    for found in _LINKS.finditer(content):
        link = found.group().decode("utf-8", "replace")
        kind = re.search(r'\bType="([^"]*)"', link)
        what = kind.group(1).rpartition("/")[2] if kind else ""
        if re.search(r'\bTargetMode="External"', link, re.I):
            target = re.search(r'\bTarget="([^"]*)"', link)
            safe = target is not None and re.match(r"(?i)(https?|mailto):", target.group(1))
            if what == "hyperlink" and safe:
                continue
            name = {"attachedTemplate": "附加模板", "image": "链接的图片", "oleObject": "链接的对象"}.get(what, "链接")
            raise Unsafe(f"文档里有指向外部的{name}，没有打开。请在 Word 里断开链接，或者把内容放进文档里再发。")
        if what in ("aFChunk", "vbaProject", "oleObject", "control", "package", "frame", "subDocument"):
            raise Unsafe("文档里有嵌入的对象，没有打开。请去掉以后再发。")
