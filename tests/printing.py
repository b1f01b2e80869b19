"""Documents as LibreOffice prints them: PDF files, their text and their pictures.

The official fonts are stood in for by Noto, so that lines break alike everywhere.
"""

import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable
from pathlib import Path

STAND_INS = {"仿宋_GB2312": "Serif", "楷体_GB2312": "Serif", "宋体": "Serif", "方正小标宋简体": "Serif", "黑体": "Sans"}


def to_pdf(folder: Path, names: Iterable[str]) -> None:
    """Turn `folder`/NAME.docx into `folder`/NAME.pdf, all in one go."""
    rules = "".join(
        f'<match target="pattern"><test name="family"><string>{font}</string></test><edit name="family" mode="assign" '
        f'binding="strong"><string>Noto {stand_in} CJK SC</string></edit></match>'
        for font, stand_in in STAND_INS.items()
    )
    config = folder / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"{rules}</fontconfig>"
    )
    soffice = shutil.which("soffice") or "soffice"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run(
        [*command, *(str(folder / f"{name}.docx") for name in names)],
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        check=True,
        capture_output=True,
        timeout=300,
    )


def pages_of(pdf: Path) -> list[str]:
    """The text of each page without spaces, in compatibility form, since a PDF may give a radical for a character."""
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", str(pdf), "-"], check=True, capture_output=True)
    pages = done.stdout.decode().split("\f")[:-1]
    return [re.sub(r"\s", "", unicodedata.normalize("NFKC", page)) for page in pages]


def one_page(pdf: Path, target: Path, dots: int, number: int = 1) -> None:
    """One page as `target`.png, with so many dots an inch."""
    page = str(number)
    cut = ["pdftoppm", "-r", str(dots), "-f", page, "-l", page, "-png", "-singlefile", str(pdf), str(target)]
    subprocess.run(cut, check=True, capture_output=True, timeout=60)
