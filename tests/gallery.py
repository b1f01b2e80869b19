"""Makes docs/gallery.md and its pictures: the first page of each kind of document as LibreOffice prints it.

`python -m tests.gallery` needs LibreOffice, pdftoppm and the Noto CJK fonts.
"""

import re
import sys
import tempfile
from pathlib import Path

from PIL import Image

from templates.word import file_name, fill
from tests.printing import one_page, to_pdf
from tests.word_samples import SAMPLES, UPWARD

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "gallery.md"
LIMIT = 60_000  # bytes of a picture
DOTS = 70  # an inch
# What a letter sends out starts on its second page.
SECOND = {"work_plan", "year_plan", "rules"}
VIEWS = SAMPLES | {"upward": UPWARD}
NOTES = {
    "blank_form": "同一份检查记录表，检查之前带到现场填写",
    "upward": "带有份号、密级、紧急程度、签发人、附注和版记的上行文",
}


def picture(kind: str) -> str:
    """The path of a kind's picture, as the page links it."""
    return f"images/gallery-{kind}.png"


def name(kind: str) -> str:
    """What the document is called."""
    return next(word for word in re.split("[-.]", file_name(VIEWS[kind])) if word != "演练")


def text() -> str:
    """The page."""
    lines = [
        "# 文书样张",
        "",
        "下面是各种文书的首页（方案和细则是印发通知之后的一页），由示例数据填写，"
        "用 LibreOffice 打印成图（`python -m tests.gallery`）。",
        "公文规定的字体不能随程序分发：图中用别的字体代替；在装有方正小标宋、仿宋_GB2312、楷体_GB2312 的电脑上，"
        "按原字体显示。",
        "每一份都可以用 Word 或者 WPS 打开、修改，也可以用 `python -m bot docs check 文件` 检查格式。",
        "",
    ]
    for kind in VIEWS:
        lines += [f"## {name(kind)}{f'（{NOTES[kind]}）' if kind in NOTES else ''}", ""]
        lines += [f"![{name(kind)}]({picture(kind)})", ""]
    return "\n".join(lines)


def draw(folder: Path) -> None:
    """Write every picture into `folder`: few colours and a small page, so that the repository stays small."""
    with tempfile.TemporaryDirectory(prefix="qiantong-gallery-") as work:
        for kind, view in VIEWS.items():
            (Path(work) / f"{kind}.docx").write_bytes(fill(view))
        to_pdf(Path(work), VIEWS)
        for kind in VIEWS:
            made = Path(work) / kind
            one_page(Path(work) / f"{kind}.pdf", made, DOTS, 2 if kind in SECOND else 1)
            with Image.open(made.with_suffix(".png")) as opened:
                small = opened.convert("RGB").quantize(24, Image.Quantize.MAXCOVERAGE)
            small.save(folder / Path(picture(kind)).name, optimize=True)


def main() -> None:
    """Write the page and its pictures."""
    draw(DOCS / "images")
    PAGE.write_text(text(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
