"""What somebody should look at again before a report goes out: each doubt is a question and never a refusal."""

from collections.abc import Iterator

from models.report_form import BY_NAME, FIGURES, Figure, Values

# Unlike the last period: more than so many times it or less than that part of it, and by so much at least.
TIMES, AT_LEAST = 3, 10


def doubts(values: Values, previous: Values | None = None) -> list[str]:
    """Sentences about parts larger than their wholes, months larger than years, jumps against the last report.

    `previous` is the last report of the same year, or None. Figures that are not known are not looked at.
    """
    return [*_parts(values), *_periods(values), *(_jumps(values, previous) if previous else ())]


def _parts(values: Values) -> Iterator[str]:
    for figure in FIGURES:
        for at, word in ((0, "本期"), (1, "累计")):
            whole = figure.within or (figure.after if at else "")
            if not whole:
                continue
            part, of = _at(values, figure.name, at), _at(values, whole, at)
            if part is not None and of is not None and part > of:
                yield f"{word}{figure.label} {part} 多于{BY_NAME[whole].label} {of}。"
    late, entered, published = (_at(values, name, 1) for name in ("unpublished_late", "entered", "published"))
    if late is not None and entered is not None and published is not None and late > max(0, entered - published):
        yield f"超期未公示 {late} 户，多于已录入而未公示的 {max(0, entered - published)} 户。"
    late, due, filled = (_at(values, name, 1) for name in ("backfill_late", "backfill_due", "backfilled"))
    if late is not None and due is not None and filled is not None and late > max(0, due - filled):
        yield f"后续处置超期 {late} 项，多于应回填而未回填的 {max(0, due - filled)} 项。"


def _periods(values: Values) -> Iterator[str]:
    for figure in FIGURES:
        now, total = _at(values, figure.name, 0), _at(values, figure.name, 1)
        if not figure.stock and now is not None and total is not None and now > total:
            yield f"{figure.label}本期 {now} 多于累计 {total}。"


def _jumps(values: Values, previous: Values) -> Iterator[str]:
    for figure in FIGURES:
        now, total = _at(values, figure.name, 0), _at(values, figure.name, 1)
        last, before = _at(previous, figure.name, 0), _at(previous, figure.name, 1)
        if not figure.stock and None not in (now, total, before) and total != (before or 0) + (now or 0):
            yield f"{figure.label}累计 {total}，而上期累计 {before} 加本期 {now} 是 {(before or 0) + (now or 0)}。"
        if now is not None and last is not None and unlike(figure, now, last):
            yield f"{figure.label}本期 {now}，上期 {last}，相差较大。"


def unlike(figure: Figure, now: int, last: int) -> bool:
    """Whether a figure jumps against the last period: by a factor beyond `TIMES` and by `AT_LEAST` or more."""
    low, high = sorted((now, last))
    return high - low >= AT_LEAST and high > TIMES * low


def _at(values: Values, name: str, at: int) -> int | None:
    return values.get(name, (None, None))[at]
