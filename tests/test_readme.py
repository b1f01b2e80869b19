"""README.md and README.zh-CN.md say the same, and what they say exists."""

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings
from handlers import catalog, registry
from templates import policies

ROOT = Path(__file__).resolve().parent.parent
BOTH = ("README.md", "README.zh-CN.md")
ENGLISH, CHINESE = ((ROOT / name).read_text("utf-8") for name in BOTH)


def headings(text: str) -> list[int]:
    """The depth of each heading, in order."""
    return [len(depth) for depth in re.findall(r"^(#+) ", unfenced(text), re.M)]


def fenced(text: str) -> list[str]:
    """The lines of all code blocks, in order; of a setting only its name, since its value is explained in words."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", text, re.M | re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    return [re.sub(r"^(QIANTONG_\w+)=.*", r"\1", line) for line in lines]


def unfenced(text: str) -> str:
    return re.sub(r"^ *```\n.*?^ *```$", "", text, flags=re.M | re.S)


def table(text: str) -> dict[str, str]:
    """Settings and their defaults as the table gives them."""
    found = re.findall(r"^\| `(QIANTONG_\w+)` \| (?:`(.*?)`)? ?\| (.+) \|$", text, re.M)
    assert all(meaning.strip() for _, _, meaning in found)
    return {name: default for name, default, _ in found}


def defaults() -> dict[str, str]:
    """Settings and their defaults as the code has them."""
    found = {}
    for name, field in Settings.model_fields.items():
        value = field.default
        shown = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        found[f"QIANTONG_{name.upper()}"] = shown
    return found


@pytest.mark.parametrize("name", BOTH)
def test_the_table_of_settings_is_complete(name: str) -> None:
    assert table((ROOT / name).read_text("utf-8")) == defaults()


def test_both_have_the_same_headings_commands_and_links() -> None:
    assert headings(ENGLISH) == headings(CHINESE)
    assert fenced(ENGLISH) == fenced(CHINESE)
    inline = re.compile(r"`((?:/|make |\.venv|\.ci|QIANTONG_|--)[^`]*)`")
    assert sorted(inline.findall(unfenced(ENGLISH))) == sorted(inline.findall(unfenced(CHINESE)))
    links = re.compile(r"\]\(([^)]+)\)")
    theirs = {BOTH[0], BOTH[1]}
    assert set(links.findall(ENGLISH)) - theirs == set(links.findall(CHINESE)) - theirs


@pytest.mark.parametrize("name", BOTH)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text("utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `python -m bot … --help` prints."""
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--help"])
    assert stopped.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", BOTH)
def test_the_table_of_commands_is_complete(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed = re.findall(r"^\| `([a-z]+)` \| ", (ROOT / name).read_text("utf-8"), re.M)
    assert len(set(listed)) == len(listed)
    assert set(listed) == set(re.findall(r"^    ([a-z]+)  ", help_of(capsys), re.M))


@pytest.mark.parametrize("name", BOTH)
def test_commands_exist_with_their_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / name).read_text("utf-8")
    for command, rest in re.findall(r"-m bot ([a-z]+)([^`\n]*)", text):
        found = help_of(capsys, command)
        for option in re.findall(r"--[a-z]+", rest):
            assert option in found, (command, option)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"^make ([a-z]+)", text, re.M)) | set(re.findall(r"`make ([a-z]+)`", text)) <= targets
    catalog.load()
    assert set(re.findall(r"`/([a-z]+)`", text)) <= {*registry.COMMANDS, "newbot"}


@pytest.mark.parametrize("name", BOTH)
def test_all_profiles_are_named(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert all(f"`{each}`" in text for each in policies.names())


@pytest.mark.parametrize("name", BOTH)
def test_the_hand_made_position_is_that_of_the_protocol(name: str) -> None:
    """The two lines of openssl in the text are what `models.positions` computes."""
    from models.positions import positions, prk

    text = (ROOT / name).read_text("utf-8")
    assert "printf 'LABEL\\001' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$PRK" in text
    randomness = "17.64.3./22.9.41./"
    assert f"printf '%s' '{randomness}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:CODE" in text
    code = bytes.fromhex("1e6750d20957e49e2cd9827a2197a8b321fff95b07dfe02f20661a91de8d4cdd")
    import hmac

    key = hmac.digest(code, randomness.encode(), "sha256")
    assert key == prk(code, randomness.encode())
    assert list(positions(key, ["A"])) == [(hmac.digest(key, b"A\x01", "sha256"), "A")]
