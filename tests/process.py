"""The command line as people type it: a process of its own, with no settings but those that a test gives."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 40


def environment(settings: dict[str, object]) -> dict[str, str]:
    """This machine's environment with these settings alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIANTONG_")}
    # Found from any folder, also where the package is not installed.
    kept |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return kept | {f"QIANTONG_{name.upper()}": str(value) for name, value in settings.items()}


def typed(folder: Path, *words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """`python -m bot …` in a folder, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(folder: Path, *words: str, **settings: object) -> Iterator["subprocess.Popen[str]"]:
    """`python -m bot …` in a folder, still running; ended afterwards."""
    process: subprocess.Popen[Any] = subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
