"""The command line: `python -m bot` (DESIGN §11)."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from bot.settings import SettingError
from bot.usage import Parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sub-command; returns its exit code: 0 done, 1 no, 2 usage or setting, 3 partly taken, 130 interrupted."""
    parser = Parser(
        prog="python -m bot",
        description="签筒：双随机、一公开办公助手。不写命令就是 run。每个命令都有自己的 --help。",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="命令", title="命令", prog="python -m bot")
    run = subparsers.add_parser("run", help="运行办公室（默认）", description="运行办公室")
    run.set_defaults(run=_run)
    from bot import exports, imports, offline, papers_cli, setup

    setup.add_parsers(subparsers)
    imports.add_parsers(subparsers)
    exports.add_parsers(subparsers)
    offline.add_parsers(subparsers)
    papers_cli.add_parsers(subparsers)
    arguments = parser.parse_args(argv if argv is not None else sys.argv[1:])
    chosen = getattr(arguments, "run", _run)
    try:
        return int(chosen(arguments))
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _run(arguments: argparse.Namespace) -> int:
    from bot import run, settings

    # pypinyin reads its readings of whole phrases, 50 MB, unless it is told not to before it is first used.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    found = settings.load()
    log_to_standard_error(found.log_level)
    for name in settings.unknown():
        logging.getLogger("qiantong.settings").warning("ignored, no such setting: %s", name)
    return asyncio.run(run.serve(found))


def log_to_standard_error(level: str) -> None:
    """One line per event. The libraries' own lines hold addresses with the token, so they stay silent."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for name in ("httpx", "httpcore", "telegram", "apscheduler", "uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
