"""What the figures depend on: the machine and the versions, and how busy it was."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe() -> str:
    """One line: processor, cores, system, Python and the libraries that the figures hang on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    parts = ", ".join(f"{name} {version(name)}" for name in ("python-telegram-bot", "sqlmodel", "sqlalchemy", "httpx"))
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {sys.version.split()[0]}, {parts}; load before the run {load}"
    )
