"""Files that are no table for us: each is called by its name, by its bytes first, with the way to a table."""

import re
from collections.abc import Collection

_SAVE_AS = "「文件—另存为」"
XLSX = f"{_SAVE_AS}，类型选「Excel 工作簿 (*.xlsx)」"
DOCX = f"{_SAVE_AS}，类型选「Word 文档 (*.docx)」"
_TABLES = "请发送原来的表格（.xlsx、.csv 或者带表格的 .docx）"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
_IMAGE_NAMES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic"})
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|table|head|meta|body)\b", re.IGNORECASE | re.DOTALL)
_OFFICE_NAMES = frozenset({".xlsx", ".docx", ".xls", ".xlsm", ".doc", ".et", ".wps"})


def by_bytes(data: bytes, suffix: str) -> str | None:
    """The sentence about a file that is no archive and no text to be read as a .csv; None where it may be one."""
    if data.startswith(_OLE):
        return _old(data, suffix)
    if data.startswith(b"%PDF-"):
        return f"这是 PDF 文件，不能导入。{_TABLES}。"
    if data.startswith(_IMAGES) or data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1") or suffix in _IMAGE_NAMES:
        return f"这是图片，图上的表格读不出来。{_TABLES}；只有图片时，请照下载模板录成 .xlsx 再发。"
    if data.startswith(_ARCHIVES):
        return "这是压缩包，不能导入。请先解压，再发送里面的 .xlsx、.csv 或者带表格的 .docx。"
    if data.startswith(b"{\\rtf"):
        return f"这是 RTF 文件，不能导入。请用 Word 或 WPS 打开，{DOCX}，再发送另存的文件。"
    text = data[:4000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if _HTML.match(text):
        return f"这个文件其实是网页（不少系统导出的 .xls 是这样）。请用 Excel 或 WPS 打开，{XLSX}，再发送另存的文件。"
    if text.lstrip().startswith(b"<?xml"):
        return f"这个文件其实是 XML 文件。请用 Excel 或 WPS 打开，{XLSX}，再发送另存的文件。"
    if suffix in _OFFICE_NAMES:
        return (
            f"这个文件的扩展名是 {suffix}，内容却不是 {suffix} 表格（可能是改名的文本，也可能没有传完整）。"
            f"请用 Excel 或 WPS 打开，{XLSX}，再发送另存的文件。"
        )
    return None


def by_parts(names: Collection[str], suffix: str) -> str:
    """The sentence about an archive in which there is neither a workbook nor a document that we read."""
    if "xl/workbook.bin" in names:
        return f"这是 .xlsb 文件，不能导入。请在 Excel 中打开，{XLSX}，再发送另存的文件。"
    if "mimetype" in names and "content.xml" in names:
        if suffix in (".odt", ".fodt"):
            return f"这是 {suffix} 文件，不能导入。请在文字处理软件中打开，{DOCX}，再发送另存的文件。"
        return f"这是 .ods 文件，不能导入。请在表格软件中打开，{XLSX}，再发送另存的文件。"
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        if suffix == ".pages":
            return "这是 Pages 文稿，不能导入。请在 Pages 中「文件—导出为—Word」，再发送导出的 .docx。"
        return "这是 Numbers 表格，不能导入。请在 Numbers 中「文件—导出为—Excel」，再发送导出的 .xlsx。"
    if any(name.startswith("ppt/") for name in names):
        return f"这是演示文稿，不能导入。{_TABLES}。"
    if "OFD.xml" in names:
        return f"这是 OFD 文件，不能导入。{_TABLES}。"
    said = f"扩展名是 {suffix} 的" if suffix in {".xlsx", ".docx"} else "这个"
    inside = any(name.lower().endswith((".xlsx", ".csv", ".docx", ".xls")) for name in names)
    what = "请先解压，再发送里面的" if inside else "里面没有表格。请发送"
    return f"{said}文件是压缩包，{what} .xlsx、.csv 或者带表格的 .docx 文件本身。"


def _old(data: bytes, suffix: str) -> str:
    """A compound file: an encrypted new one, or one of the formats before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "这个文件加了打开密码，读不了。请打开后去掉密码，重新保存为 .xlsx（文档为 .docx），再发送。"
    if suffix == ".et":
        return (
            f"这是 WPS 表格的 .et 文件，不能导入。请在 WPS 中打开，{_SAVE_AS}，"
            "类型选「Microsoft Excel 文件 (*.xlsx)」，再发送另存的文件。"
        )
    if suffix == ".wps":
        return f"这是 WPS 文字的 .wps 文件，不能导入。请在 WPS 中打开，{DOCX}，再发送另存的文件。"
    if suffix == ".doc" or "WordDocument".encode("utf-16-le") in data:
        return f"这是旧格式的 .doc 文件，不能导入。请在 Word 或 WPS 中打开，{DOCX}，再发送另存的文件。"
    return f"这是旧格式的 .xls 文件，不能导入。请在 Excel 或 WPS 中打开，{XLSX}，再发送另存的文件。"
