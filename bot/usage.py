"""The command line's parser: help under Chinese headings, and each usage error as one Chinese line with exit 2."""

import argparse
import re
from typing import Any, NoReturn

_SENTENCES = tuple(
    (re.compile(pattern, re.S), words)
    for pattern, words in (
        (r"the following arguments are required: (.*)", r"缺少 \1"),
        (r"unrecognized arguments: (.*)", r"不认识 \1"),
        (r"argument (\S+): expected .*", r"\1 后面要有一个值"),
        (r"one of the arguments (\S+) (\S+) is required", r"\1 和 \2 要写一个"),
        (r"argument (\S+): not allowed with argument (\S+)", r"\1 和 \2 只能写一个"),
        (r"argument (\S+): ignored explicit argument (.*)", r"\1 后面不能有值"),
        (r"argument 命令: invalid choice: '(.*?)' \(choose from (.*)\)", r"没有命令 \1，可用的有 \2"),
        (r"argument (\S+): invalid choice: '(.*?)' \(choose from (.*)\)", r"\1 不能是 \2，可以是 \3"),
        (r"argument (\S+): .*", r"\1 的值不对"),
    )
)


class Parser(argparse.ArgumentParser):
    """`argparse` in Chinese. Names of options are not guessed from their beginnings."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **(options | {"allow_abbrev": False, "add_help": False, "formatter_class": _Formatter}),
        )
        self._positionals.title = "参数"
        self._optionals.title = "选项"
        self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A sub-command names what it does not know itself, so that its own help is pointed to."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """One line on standard error, and exit 2."""
        self.exit(2, f"用法有误：{in_chinese(message)}。用法见 {self.prog} --help\n")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """The usage line under a Chinese heading."""
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


def in_chinese(message: str) -> str:
    """argparse's sentences in Chinese, in one line; names of options stay as they are."""
    for pattern, words in _SENTENCES:
        if pattern.fullmatch(message):
            message = pattern.sub(words, message)
            break
    return " ".join(message.replace("'", "").split())
