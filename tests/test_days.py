"""`days`: one date on standard output, or one line of reason on standard error and exit 2."""

import pytest

from bot import offline
from bot.usage import Parser


def run(*argv: str) -> int:
    parser = Parser(prog="qiantong")
    offline.add_parsers(parser.add_subparsers())
    arguments = parser.parse_args(["days", *argv])
    return int(arguments.run(arguments))


@pytest.mark.parametrize(
    ("argv", "printed"),
    [
        (("2022-09-16", "--add", "20"), "2022-10-19"),
        (("2022-01-17", "--add", "20"), "2022-02-17"),
        (("2026-09-18", "--add", "20"), "2026-10-22"),
        (("2022-10-01", "--add", "0"), "2022-10-01"),
        (("2022-04-20", "--before"), "2022-04-19"),
        (("2022-10-09", "--before"), "2022-10-08"),
        (("2026-02-20", "--before"), "2026-02-14"),
        (("2026-12-03", "--add", "20"), "2026-12-31"),
        (("2026-12-07", "--add", "20"), "2027-01-04 暂估"),
        (("2027-02-20", "--before"), "2027-02-19 暂估"),
    ],
)
def test_the_date_alone_is_printed(argv: tuple[str, ...], printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*argv) == 0
    assert capsys.readouterr() == (f"{printed}\n", "")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("2022-13-01", "--add", "1"), "2022-09-16 这样的形式"),
        (("20220916", "--add", "1"), "2022-09-16 这样的形式"),
        (("昨天", "--before"), "2022-09-16 这样的形式"),
        (("2022-09-16", "--add", "-1"), "不小于 0"),
        (("2022-09-16", "--add", "1.5"), "不小于 0"),
        (("2022-09-16", "--add", "二十"), "不小于 0"),
        (("9999-12-31", "--add", "1"), "超出"),
        (("0001-01-01", "--before"), "超出"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(argv: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("argv", [("2022-09-16",), ("2022-09-16", "--add", "1", "--before"), (), ("--before",)])
def test_wrong_usage_is_one_line_and_exit_2(argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(*argv)
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("用法有误：")
    assert err.count("\n") == 1
