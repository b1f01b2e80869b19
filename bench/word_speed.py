"""How many 检查通知书 a second: the fast way beside docxtpl used the plain way, on the same template, in one run."""

import io
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure
from models.views import PaperView
from templates import word, word_fast
from tests.word_samples import ASSIGNMENT, CHECK_FORM, NOTICE, PUBLICATION


def _rate(one: Callable[[], object], seconds: float) -> float:
    """Calls a second, over at least `seconds`."""
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds or not count:
        one()
        count += 1
    return count / spent


def rates(view: PaperView, seconds: float = 3.0) -> tuple[float, float]:
    """Documents a second: (fast, docxtpl's plain way), by turns, so that a busy machine is fair to both."""
    from docxtpl import DocxTemplate

    kind, _, fields = word._kind(view)
    template = word.shipped(kind)
    values = word._clean(fields(view))
    made = word_fast.compiled(template)
    assert made is not None

    def plain() -> None:
        document = DocxTemplate(io.BytesIO(template))
        document.render(values, autoescape=True)
        document.save(io.BytesIO())

    turns = [(_rate(lambda: made.document(values), seconds / 6), _rate(plain, seconds / 6)) for _ in range(3)]
    return max(fast for fast, _ in turns), max(slow for _, slow in turns)


# What is handed out by the thousand is promised; a table is made of its rows, whose packing alone takes its time.
MEASURED: tuple[tuple[str, PaperView, int | None], ...] = (
    ("检查通知书", NOTICE, 50),
    ("任务通知书", ASSIGNMENT, 50),
    ("检查记录表", CHECK_FORM, 50),
    (f"结果公示表 of {len(PUBLICATION.rows)} rows", PUBLICATION, None),
)


def measure(work: Path) -> list[Figure]:
    """The ratio of the two for each kind; nothing is written into `work`."""
    found = []
    for name, view, wanted in MEASURED:
        fast, slow = rates(view)
        ratio = fast / slow
        note = f"{fast:.0f} documents a second against {slow:.0f} by docxtpl"
        met = ratio >= wanted if wanted else None
        promise = f"≥ {wanted} ×" if wanted else ""
        found.append(Figure(f"{name}, filled the fast way against docxtpl", f"{ratio:.0f} ×", promise, met, note))
    return found
