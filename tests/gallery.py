"""Makes docs/gallery.md and its pictures: the first page of each kind of document as LibreOffice prints it.

`python -m tests.gallery` needs LibreOffice, pdftoppm and the Noto CJK fonts.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from templates.word import file_name, fill
from tests.word_samples import SAMPLES, UPWARD

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "gallery.md"
LIMIT = 80_000  # bytes of a picture
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
        "下面是各种文书的首页，由示例数据填写，用 LibreOffice 打印成图（`python -m tests.gallery`）。",
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
    """Write every picture into `folder`."""
    with tempfile.TemporaryDirectory(prefix="qiantong-gallery-") as work:
        paths = [Path(work) / f"{kind}.docx" for kind in VIEWS]
        for path, view in zip(paths, VIEWS.values(), strict=True):
            path.write_bytes(fill(view))
        profile = f"-env:UserInstallation={(Path(work) / 'profile').as_uri()}"
        soffice = shutil.which("soffice") or "soffice"
        command = [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", work, *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        for kind in VIEWS:
            target = folder / Path(picture(kind)).stem
            cut = [
                "pdftoppm",
                "-r",
                "46",
                "-f",
                "1",
                "-l",
                "1",
                "-png",
                "-singlefile",
                f"{work}/{kind}.pdf",
                str(target),
            ]
            subprocess.run(cut, check=True, capture_output=True, timeout=60)


def main() -> None:
    """Write the page and its pictures."""
    draw(DOCS / "images")
    PAGE.write_text(text(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
