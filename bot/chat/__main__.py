"""Starts the local chat alone: python -m bot.chat --address HOST:PORT --data DIR."""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.chat.server import build, serve


def admin_key(data: Path) -> str:
    """The admin key: QIANTONG_CHAT_ADMIN_KEY, or the one in the data folder, made (mode 0600) if missing."""
    given = os.environ.get("QIANTONG_CHAT_ADMIN_KEY", "").strip()
    if given:
        return given
    path = data / "admin.key"
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_urlsafe(32)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(key + "\n")
    return key


def now() -> datetime:
    """The time of the chat: the instant in the file QIANTONG_CLOCK names, or the machine's."""
    path = os.environ.get("QIANTONG_CLOCK")
    if not path:
        return datetime.now(UTC)
    at = datetime.fromisoformat(Path(path).read_text().strip())
    return at if at.tzinfo else at.astimezone()


async def run(host: str, port: int, data: Path) -> None:
    """Serve until SIGINT or SIGTERM."""
    app = build(
        data,
        admin_key=admin_key(data),
        sample=os.environ.get("QIANTONG_CHAT_SAMPLE") == "1",
        test=os.environ.get("QIANTONG_CHAT_TEST") == "1",
        clock=now,
    )
    served = await serve(app, host, port)
    print(served.address, flush=True)
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, done.set)
    await done.wait()
    await served.stop()


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments and serve; exit code 2 for an address that cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m bot.chat", description="单独启动本地聊天。")
    parser.add_argument(
        "--address", default="127.0.0.1:8086", metavar="HOST:PORT", help="监听地址，只能是本机；端口 0 为任一空闲端口"
    )
    parser.add_argument("--data", default="data/chat", type=Path, metavar="DIR", help="数据目录，没有则新建")
    options = parser.parse_args(arguments)
    host, colon, port = options.address.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        print(f"地址“{options.address}”不对，请写成 127.0.0.1:8086 这样。", file=sys.stderr)
        return 2
    try:
        now()
    except (OSError, ValueError):
        print("QIANTONG_CLOCK 指的文件读不出时间，请写入 2026-03-02T09:00:00+08:00 这样的一行。", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(run(host, int(port), options.data))
    except ValueError:
        print(f"本地聊天只能在本机地址上运行，不能用“{host}”，请改用 127.0.0.1。", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"不能在 {options.address} 上启动：{error.strerror}。请换一个端口，或检查数据目录。", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
