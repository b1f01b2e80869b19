"""What a measurement found, beside what was wanted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the report; `met` is None where nothing was promised."""

    name: str
    value: str
    wanted: str
    met: bool | None
    note: str = ""

    def __str__(self) -> str:
        mark = {True: "ok    ", False: "MISSED", None: "      "}[self.met]
        wanted = f"  (wanted: {self.wanted})" if self.wanted else ""
        return f"{mark} {self.name}: {self.value}{wanted}\n         {self.note}"
