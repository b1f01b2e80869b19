"""The package works as a wheel, in an empty folder: everything that it needs is inside."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("bot", "handlers", "models", "templates")


def wanted() -> set[str]:
    """Every file of the package; settings of the linter are not part of it."""
    found = {
        path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()
    }
    return {name for name in found if not re.search(r"__pycache__|/\.|ruff\.toml$", name)}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left behind, and unpacked as pip would."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in (*wanted(), "pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([*build, "--no-build-isolation", "--wheel-dir", str(source), str(source)], check=True)
    [wheel] = source.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(installed: Path) -> None:
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {name for name in found if ".dist-info/" not in name} == wanted()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in found)


def test_an_office_is_made_and_looked_at_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "QIANTONG_CHAT_ADDRESS": "127.0.0.1:0"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    assert run("-c", "import bot; print(bot.__file__)").startswith(str(installed))
    assert run("-m", "bot", "days", "2022-09-16", "--add", "20") == "2022-10-19\n"
    assert "已建立「示例局」" in run(
        "-m", "bot", "init", "--policy", "xiping-2020", "--unit", "示例局", "--admin", "示例甲"
    )
    assert "问题" not in "".join(line[:2] for line in run("-m", "bot", "doctor").splitlines())
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
