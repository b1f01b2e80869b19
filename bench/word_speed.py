"""How many 检查通知书 a second: the fast way beside docxtpl used the plain way, on the same template, in one run."""

import io
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure
from templates import word, word_fast
from tests.word_samples import NOTICE


def _rate(one: Callable[[], object], seconds: float) -> float:
    """Calls a second, over at least `seconds`."""
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds or not count:
        one()
        count += 1
    return count / spent


def rates(seconds: float = 3.0) -> tuple[float, float]:
    """Documents a second: (fast, docxtpl's plain way), by turns, so that a busy machine is fair to both."""
    from docxtpl import DocxTemplate

    kind, _, fields = word._kind(NOTICE)
    template = (word.FOLDER / f"{kind}.docx").read_bytes()
    values = word._clean(fields(NOTICE))
    made = word_fast.compiled(template)
    assert made is not None

    def plain() -> None:
        document = DocxTemplate(io.BytesIO(template))
        document.render(values, autoescape=True)
        document.save(io.BytesIO())

    turns = [(_rate(lambda: made.document(values), seconds / 6), _rate(plain, seconds / 6)) for _ in range(3)]
    return max(fast for fast, _ in turns), max(slow for _, slow in turns)


def measure(work: Path) -> list[Figure]:
    """The ratio of the two; nothing is written into `work`."""
    fast, slow = rates()
    ratio = fast / slow
    note = f"{fast:.0f} documents a second against {slow:.0f} by docxtpl"
    return [Figure("检查通知书, filled the fast way against docxtpl", f"{ratio:.0f} ×", "≥ 50 ×", ratio >= 50, note)]
