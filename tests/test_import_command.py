"""`python -m bot import`: a preview that writes nothing, --yes, data with --json, and its exit codes."""

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from models import codes
from templates import samples, sheets, workbook


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an office of another profile."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "data"))
    assert main(["init", "--policy", "xiping-2020", "--unit", "某县科工局", "--admin", "某某"]) == 0
    return tmp_path


def entities(*rows: tuple[str, str]) -> bytes:
    return workbook.write_csv("entity", [{"label": label, "name": name} for label, name in rows])


GOOD = [(codes.make_credit_code(1), "示例甲"), (codes.make_credit_code(2), "示例乙")]


def test_the_plan_as_data_and_nothing_written_without_yes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "plan.docx"
    file.write_bytes(samples.read("plan-2020.docx"))
    capsys.readouterr()
    for _ in range(2):
        assert main(["import", str(file), "--kind", "plan", "--json"]) == 0
        output = capsys.readouterr()
        data = json.loads(output.out)
        assert "可能是「2020009」" in output.err and "可能是「011」" in output.err
        assert (data["kind"], data["new"], data["changed"], data["gone"], data["refused"]) == ("plan", 15, 0, 0, [])
        assert len(data["rows"]) == 15
        assert data["rows"][8]["plan_no"] == "202009"
        assert data.keys() == {"kind", "new", "changed", "gone", "refused", "rows"}


def test_yes_writes_and_the_same_file_again_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "a.csv"
    file.write_bytes(entities(*GOOD))
    assert main(["import", str(file)]) == 0
    assert "加 --yes 写入" in capsys.readouterr().out
    assert main(["import", str(file), "--yes"]) == 0
    assert "已写入：新增 2，变更 0" in capsys.readouterr().out
    assert main(["import", str(file), "--yes", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["new"], [row["change"] for row in data["rows"]]) == (0, ["same", "same"])


def test_a_refused_row_is_exit_3_and_marked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "a.csv"
    file.write_bytes(entities(GOOD[0], ("9.113E+17", "示例丙")))
    assert main(["import", str(file), "--json", "--marked", str(folder / "marked.xlsx")]) == 3
    (refusal,) = json.loads(capsys.readouterr().out.splitlines()[-1])["refused"]
    assert refusal.keys() == {"row", "column", "value", "reason"}
    assert (refusal["row"], refusal["value"]) == (3, "9.113E+17")
    assert len(sheets.read("m.xlsx", (folder / "marked.xlsx").read_bytes()).rows) == 2
    assert main(["import", str(file), "--yes"]) == 3
    assert "新增 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xlsx", b"hello", "内容却不是 .xlsx 表格"),
        ("a.csv", "甲,乙\n1,2".encode(), "没有找到能认出的表头"),
        ("gone.xlsx", None, "打不开"),
    ],
)
def test_a_file_that_cannot_be_read_is_exit_2_with_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes | None, says: str
) -> None:
    if data is not None:
        (folder / name).write_bytes(data)
    capsys.readouterr()
    assert main(["import", str(folder / name)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert says in output.err
    assert output.err.count("\n") == 1


def test_without_an_office_it_names_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "data"))
    (tmp_path / "a.csv").write_bytes(entities(*GOOD))
    assert main(["import", str(tmp_path / "a.csv")]) == 2
    assert "init" in capsys.readouterr().err


def test_an_import_of_the_day_is_undone_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "a.csv"
    file.write_bytes(entities(*GOOD))
    capsys.readouterr()
    assert main(["import", "--undo"]) == 2
    assert "今天没有可以撤销的导入。" in capsys.readouterr().err
    assert main(["import", str(file), "--yes"]) == 0
    assert "当天可以用 import --undo 撤销" in capsys.readouterr().out
    assert main(["import", "--undo"]) == 0
    assert "的检查对象名录库：新增 2，变更 0\n还没有撤销；加 --yes 撤销" in capsys.readouterr().out
    assert main(["import", "--undo", "--yes", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["kind"], data["new"], data["undone"]) == ("entity", 2, True)
    assert main(["import", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 2


def test_a_header_is_told_once_and_known_the_next_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "a.csv"
    file.write_text(f"主体代码,主体全称\n{GOOD[0][0]},示例甲\n")
    told = ["--column", "主体代码=统一社会信用代码", "--column", "主体全称=检查对象名称"]
    capsys.readouterr()
    assert main(["import", str(file)]) == 2
    assert "没有找到能认出的表头" in capsys.readouterr().err
    assert main(["import", str(file), *told, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 1
    assert main(["import", str(file)]) == 2, "without --yes nothing is remembered"
    assert main(["import", str(file), *told, "--yes"]) == 0
    capsys.readouterr()
    assert main(["import", str(file), "--json"]) == 0
    output = capsys.readouterr()
    assert [row["change"] for row in json.loads(output.out)["rows"]] == ["same"]
    assert "「主体代码」按以前的选择作为「统一社会信用代码」导入。" in output.err
    assert main(["import", str(file), "--column", "甲"]) == 2
    assert "请写成 表头=列名" in capsys.readouterr().err
    assert main(["import", str(file), "--column", "甲=乙"]) == 2
    assert "不是任何一种表的列名" in capsys.readouterr().err


def test_a_platforms_list_names_its_task_or_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "drawn.csv"
    file.write_bytes(workbook.write_csv("platform", [{"entity": GOOD[0][0], "inspectors": "甲、乙"}]))
    capsys.readouterr()
    assert main(["import", str(file)]) == 2
    assert "没有在平台抽取的任务。请先导入计划" in capsys.readouterr().err
    (folder / "plan.docx").write_bytes(samples.read("plan-2020.docx"))
    assert main(["import", str(folder / "plan.docx"), "--yes"]) == 0
    capsys.readouterr()
    assert main(["import", str(file)]) == 2
    assert "有 15 项平台抽取的任务还没有补全" in capsys.readouterr().err
    assert main(["import", str(file), "--task", "009"]) == 2
    assert "没有编号为「009」" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(folder / "没有.xlsx")]) == 2
    assert "没有这个文件" in capsys.readouterr().err
    assert main(["import", str(folder)]) == 2
    assert "这是文件夹" in capsys.readouterr().err
