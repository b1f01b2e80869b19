"""What `make bench` runs: every measurement in turn, or those that are named; exit code 1 where a target is missed."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from bench import (
    draw,
    draw_scale,
    import_scale,
    large_draw,
    large_import,
    machine,
    match_scale,
    memory,
    notices,
    start,
    summary_scale,
    updates,
    word_speed,
)

MEASUREMENTS = {
    "updates": updates.measure,
    "draw": draw.measure,
    "start": start.measure,
    "memory": memory.measure,
    "draw_scale": draw_scale.measure,
    "large_draw": large_draw.measure,
    "large_import": large_import.measure,
    "match_scale": match_scale.measure,
    "word_speed": word_speed.measure,
    "notices": notices.measure,
    "summary_scale": summary_scale.measure,
    "import_scale": import_scale.measure,
}


def main() -> int:
    """Run, print each figure when it is known, and say at the end whether all that was wanted was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast the office is on this machine.")
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], metavar="NAME", help=", ".join(MEASUREMENTS))
    names = parser.parse_args().names or list(MEASUREMENTS)
    logging.disable(logging.WARNING)
    print(machine.describe(), flush=True)
    missed = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"qiantong-bench-{name}-") as work:
            for figure in MEASUREMENTS[name](Path(work)):
                print(figure, flush=True)
                missed += figure.met is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
