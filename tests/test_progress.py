"""Progress of long work on a terminal, and silence elsewhere."""

import os
import pty
import subprocess
import sys

import pytest

from bot.progress import Progress

PROGRAM = (
    "from bot.progress import Progress\n"
    "with Progress('导入', {patience}) as progress:\n"
    "    progress.say('正在读取')\n"
    "    progress.share(1, 4)\n"
    "print('done')\n"
)


def on_a_terminal(patience: float) -> str:
    """What a terminal shows of standard error."""
    ours, theirs = pty.openpty()
    try:
        program = PROGRAM.format(patience=patience)
        done = subprocess.run([sys.executable, "-c", program], stderr=theirs, stdout=subprocess.PIPE, check=True)
        assert done.stdout == b"done\n"
        os.write(theirs, b"|")
        shown = ""
        while not shown.endswith("|"):
            shown += os.read(ours, 4096).decode()
        return shown
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_terminal_sees_what_is_done_and_the_line_goes_at_the_end() -> None:
    assert on_a_terminal(0) == "\r导入：正在读取\x1b[K\r\x1b[K|"


def test_short_work_says_nothing() -> None:
    assert on_a_terminal(1000) == "|"


def test_where_there_is_no_terminal_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("抽取", 0) as progress:
        progress.share(1, 2)
        progress.say("正在抽取")
    assert capsys.readouterr() == ("", "")
