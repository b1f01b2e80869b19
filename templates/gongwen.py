"""The Word templates of all documents: their wording and fields. `python -m templates.gongwen` rebuilds word/*.docx.

Fields have Chinese names, since staff edit the templates in Word; `templates/word_*.py` say where each comes from. The
wording is in `templates/gongwen_*.py`, the look in `templates/paper.py`.
"""

import sys
from pathlib import Path

from templates import gongwen_draw, gongwen_report, gongwen_visit

FOLDER = Path(__file__).parent / "word"

BUILDERS = {
    "announcement": gongwen_draw.announcement,
    "draw_record": gongwen_draw.draw_record,
    "assignment": gongwen_visit.assignment,
    "notice": gongwen_visit.notice,
    "check_form": gongwen_visit.check_form,
    "publication": gongwen_visit.publication,
    "chase": gongwen_report.chase,
}


def build() -> dict[str, bytes]:
    """All templates, by kind."""
    return {kind: builder() for kind, builder in BUILDERS.items()}


def main() -> None:
    """Write all templates into the package's own folder."""
    FOLDER.mkdir(exist_ok=True)
    for kind, data in build().items():
        (FOLDER / f"{kind}.docx").write_bytes(data)
        sys.stdout.write(f"{FOLDER / kind}.docx\n")


if __name__ == "__main__":
    main()
