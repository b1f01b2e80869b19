"""Setting up: the Makefile's targets, pins with hashes and no address, and what continuous integration runs."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ONLY_TESTS = {"aiogram", "hypothesis", "mypy", "playwright", "psutil", "pytest", "pytest-asyncio", "ruff"}


def pins(name: str) -> dict[str, str]:
    """Versions by package; every pin has at least one hash."""
    found = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip()):
        match = re.match(r"([a-z0-9._-]+)==(\S+)", block)
        assert match, f"{name}: not a pin: {block[:60]}"
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block), f"{name}: no hash: {match[1]}"
        found[match[1]] = match[2]
    return found


def named(requirements: list[str]) -> set[str]:
    """The packages of a list of requirements."""
    return {re.split(r"[\[<>=!~; ]", each)[0].lower() for each in requirements}


@pytest.mark.parametrize("target", ["run", "test", "check", "format", "bench", "clean"])
def test_the_makefile_has_its_targets(target: str) -> None:
    make = shutil.which("make")
    assert make, "make is what the project is set up with"
    done = subprocess.run([make, "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    """`make run` says what is needed before it makes anything."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(["make", f"PYTHON={old}", "run"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "需要 Python 3.11 或更新版本" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_is_named_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Debian's Python makes half an environment and then says that it cannot; the next try must begin anew."""
    bare = tmp_path / "python"
    bare.write_text(
        '#!/bin/sh\n[ "$2" = venv ] || exit 0\nmkdir -p .venv/bin\ncp "$0" .venv/bin/python\nexit 1\n', "utf-8"
    )
    bare.chmod(0o755)
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(["make", f"PYTHON={bare}", "run"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_have_hashes_and_no_address(name: str) -> None:
    assert pins(name)
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|^-", text, re.MULTILINE)


def test_running_needs_a_part_of_what_tests_need_in_the_same_versions() -> None:
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert run.items() <= dev.items()


def test_all_that_the_project_names_is_pinned_where_it_belongs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    run, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert named(project["dependencies"]) <= run.keys()
    assert named(project["optional-dependencies"]["dev"]) <= dev.keys()
    assert not ONLY_TESTS & run.keys()


def test_continuous_integration_leaves_nothing_out() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text("utf-8")
    assert "QIANTONG_ALL_PARTS=1 make check" in text
    assert all(part in text for part in ("chromium", "libreoffice", "fonts-noto-cjk", "postgresql", "python3-venv"))
