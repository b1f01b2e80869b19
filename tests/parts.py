"""The parts that a machine may lack, how to see whether they are there, and how to get them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
API = SHARED / "data" / "telegram-bot-api-10.0.api.json"
CHROMIUM = "/usr/bin/chromium"

HOW = {
    "chromium": "apt install chromium",
    "libreoffice": "apt install libreoffice-writer-nogui poppler-utils",
    "calc": "apt install libreoffice-calc-nogui",
    "fonts": "apt install fonts-noto-cjk",
    "postgresql": "apt install postgresql",
    "api_reference": "把 Telegram Bot API 10.0 的参考数据放在项目旁边的 shared/data/ 中",
    "shared": "把原始文件放在项目旁边的 shared/seeds/ 中",
}


@cache
def there(part: str) -> bool:
    """Whether this machine has a part; KeyError for one that nobody knows."""
    if part not in HOW:
        raise KeyError(part)
    if part == "chromium":
        return Path(CHROMIUM).exists()
    if part == "libreoffice":
        return shutil.which("soffice") is not None and shutil.which("pdftotext") is not None
    if part == "calc":
        found = shutil.which("soffice")
        return found is not None and (Path(found).resolve().parent / "libsclo.so").exists()
    if part == "fonts":
        listed = shutil.which("fc-list") and subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
        )
        return bool(listed and listed.stdout.strip())
    if part == "postgresql":
        return postgres_bin() is not None
    if part == "api_reference":
        return API.exists()
    return (SHARED / "seeds").is_dir()


@cache
def postgres_bin() -> Path | None:
    """Where PostgreSQL's server programs are; Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    direct = shutil.which("initdb")
    return Path(direct).parent if direct else None
