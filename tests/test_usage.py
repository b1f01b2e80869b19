"""The command line speaks Chinese: help with its headings, and each usage error as one line with exit 2."""

import pytest

from bot.__main__ import main
from bot.usage import in_chinese

COMMANDS = ("run", "init", "demo", "draw", "verify", "audit", "days", "import", "doctor")


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS)], ids=lambda words: " ".join(words) or "-")
def test_help_is_in_chinese(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    assert left.value.code == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("用法：python -m bot")
    assert "选项:" in out and "显示这份说明" in out
    for english in ("usage", "options", "positional", "arguments", "show this help"):
        assert english not in out
    assert words or all(name in out for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing",), "没有命令 nothing"),
        (("--nothing",), "不认识 --nothing"),
        (("run", "--nothing"), "不认识 --nothing。用法见 python -m bot run --help"),
        (("run", "extra"), "不认识 extra"),
        (("init",), "缺少 --policy, --unit, --admin"),
        (("init", "--policy"), "--policy 后面要有一个值"),
        (("init", "--pol", "x", "--unit", "u", "--admin", "a"), "缺少 --policy"),
        (("import",), "FILE 和 --undo 要写一个"),
        (("import", "x.xlsx", "--kind", "zoo"), "--kind 不能是 zoo，可以是 plan"),
        (("audit", "--json=1"), "--json 后面不能有值"),
        (("days", "2022-09-16"), "--add 和 --before 要写一个"),
        (("days", "2022-09-16", "--add", "1", "--before"), "只能写一个"),
        (("demo",), "缺少 --out"),
        (("verify", "a", "b"), "不认识 b"),
    ],
)
def test_a_usage_error_is_one_chinese_line(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("用法有误：") and says in err and err.count("\n") == 1


def test_a_message_that_nobody_translated_is_still_one_line() -> None:
    assert in_chinese("something\nnew") == "something new"
