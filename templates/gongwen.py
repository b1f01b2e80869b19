"""The Word templates of all documents: their wording and fields. `python -m templates.gongwen` rebuilds word/*.docx.

Fields have Chinese names, since staff edit the templates in Word; `templates/word_*.py` say where each comes from. The
wording is in `templates/gongwen_*.py`, the look in `templates/paper.py`.
"""

import sys
from pathlib import Path

from templates import (
    gongwen_draw,
    gongwen_followup,
    gongwen_plan,
    gongwen_register,
    gongwen_report,
    gongwen_rules,
    gongwen_visit,
)

FOLDER = Path(__file__).parent / "word"

BUILDERS = {
    "announcement": gongwen_draw.announcement,
    "draw_record": gongwen_draw.draw_record,
    "assignment": gongwen_visit.assignment,
    "notice": gongwen_visit.notice,
    "check_form": gongwen_visit.check_form,
    "publication": gongwen_visit.publication,
    "rectification": gongwen_followup.rectification,
    "recheck": gongwen_followup.recheck,
    "transfer": gongwen_followup.transfer,
    "plan_table": gongwen_plan.plan_table,
    "plan_return": gongwen_plan.plan_return,
    "plan_change": gongwen_plan.plan_change,
    "work_plan": gongwen_plan.work_plan,
    "year_plan": gongwen_plan.year_plan,
    "rules": gongwen_rules.rules,
    "training_plan": gongwen_plan.training_plan,
    "chase": gongwen_report.chase,
    "monthly": gongwen_report.monthly,
    "summary": gongwen_report.summary,
    "rollup": gongwen_report.rollup,
    "item_list": gongwen_register.item_list,
    "entity_list": gongwen_register.entity_list,
    "inspector_list": gongwen_register.inspector_list,
    "expert_list": gongwen_register.expert_list,
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
