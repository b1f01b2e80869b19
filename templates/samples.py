"""The sample office's files, made by code: everything in them is invented, marked 示例 and can belong to nobody.

Credit codes are valid in form under region 99, ID numbers were born in a 13th month, telephone numbers are zeros. The
plan alone is real: the 15 rows of 〔2020〕42号, with the slips that they have. `python -m templates.samples` writes the
files anew.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from models import codes
from templates import workbook

FOLDER = Path(str(resources.files("templates"))) / "samples"

TOWN_DISTRICTS = ("示例一区", "示例二区", "示例三区")
COUNTIES = ("示例甲县", "示例乙县")

# Kind, how many, industry. 1,200 in all.
_KINDS = (
    ("民爆企业", 80, "民用爆炸物品", "爆破器材"),
    ("监控化学品企业", 60, "化学原料", "化工"),
    ("食盐企业", 160, "盐业", "盐业"),
    ("无线电设台用户", 900, "无线电通信", "通信"),
)

# Of every 60 entities: 42 A, 13 B, 4 C, 1 D.
_CLASSES = "AAABAAABAABAAACAABAAAABAABAAACAABAABAAADAABAAABAACAABAAAABAC"

_SPECIALTIES = {
    "安全生产处": ("民爆", "监控化学品"),
    "盐业处": ("盐业",),
    "政策法规处": ("法制",),
    "频率台站与监督检查处": ("无线电",),
    "市场监督管理处": ("盐业",),
    "应急管理处": ("危化",),
    "示例甲县": ("无线电",),
    "示例乙县": ("无线电", "盐业"),
}


@cache
def office() -> dict[str, Any]:
    """Units, people and roles of the sample office."""
    return tomllib.loads((FOLDER / "office.toml").read_text("utf-8"))


@cache
def plan() -> dict[str, Any]:
    """Title, footer and the 15 rows of the real plan, under `title`, `footer` and `row`."""
    return tomllib.loads((FOLDER / "plan-2020.toml").read_text("utf-8"))


def items() -> list[dict[str, str]]:
    """The list of items, each with its basis."""
    common = {
        "method": "实地检查",
        "ratio": "5%",
        "frequency": "1次/年",
        "guide": "示例：具体条款以本单位公布的清单为准",
        "published_on": "2020-01-09",
    }
    return [each | common for each in tomllib.loads((FOLDER / "items.toml").read_text("utf-8"))["item"]]


def entities() -> list[dict[str, str]]:
    """1,200 entities in four kinds and the classes A to D, some closed, some blacklisted."""
    return list(_entities())


def _entities() -> Iterator[dict[str, str]]:
    serial = 0
    for kind, count, industry, word in _KINDS:
        for number in range(1, count + 1):
            serial += 1
            district = _district(number)
            # 注销 25, 停业 7; the blacklisted ones are among the higher classes.
            state = "注销" if serial % 48 == 7 else "停业" if serial % 160 == 51 else "存续"
            risk_class = _CLASSES[(serial * 7) % len(_CLASSES)]
            blacklisted = risk_class in "CD" and serial % 7 == 0
            yield {
                "label": codes.make_credit_code(serial),
                "name": f"示例{word}{number:03d}号{'有限公司' if kind != '无线电设台用户' else '单位'}",
                "kind": kind,
                "industry": industry,
                "district": district,
                "address": f"{district}示例路{number}号",
                "contact": f"示例联系人{serial:04d}",
                "phone": f"0000000{serial:04d}",
                "risk_class": risk_class,
                "tags": "黑名单" if blacklisted else "",
                "state": state,
            }


def _district(number: int) -> str:
    """Every 15th in each county, the rest over the town's districts."""
    if number % 15 == 4:
        return COUNTIES[0]
    if number % 15 == 9:
        return COUNTIES[1]
    return TOWN_DISTRICTS[number % 3]


def inspectors() -> list[dict[str, str]]:
    """The 30 certified people of office.toml with their specialties."""
    found = []
    certified = [person for person in office()["person"] if "certificate" in person]
    for number, person in enumerate(certified, start=1):
        unit = person["unit"]
        found.append(
            {
                "label": person["certificate"],
                "name": person["name"],
                "sex": "男" if number % 2 else "女",
                "id_number": codes.make_id_number(number),
                "kind": "示例执法",
                "post": "科员",
                "unit": unit,
                "specialties": "、".join(_SPECIALTIES[unit]),
                "phone": f"0000001{number:04d}",
                "valid_until": "2049-12-31",
                "state": "在岗",
            }
        )
    return found


def recusals() -> list[dict[str, str]]:
    """A few standing recusals; none in the county that has two certified people."""
    everybody = inspectors()
    register = entities()
    pairs = (
        (0, 4, "配偶在该企业任职"),
        (6, 150, "曾在该企业任职未满三年"),
        (16, 400, "与负责人是近亲属"),
        (18, 777, "持有该单位股份"),
    )
    return [
        {
            "entity": register[entity]["label"],
            "entity_name": register[entity]["name"],
            "inspector": everybody[person]["label"],
            "inspector_name": everybody[person]["name"],
            "reason": f"示例：{reason}",
        }
        for person, entity, reason in pairs
    ]


def build() -> dict[str, bytes]:
    """All files by name."""
    the_plan = plan()
    return {
        "plan-2020.docx": workbook.write_docx(
            "plan", the_plan["row"], title=the_plan["title"], footer=the_plan["footer"]
        ),
        "plan-2020.xlsx": workbook.write_xlsx("plan", the_plan["row"], title=the_plan["title"]),
        "items.xlsx": workbook.write_xlsx("item", items(), title="示例市双随机办抽查事项清单（示例）"),
        "entities.xlsx": workbook.write_xlsx("entity", entities(), title="示例市双随机办检查对象名录库（示例）"),
        "inspectors.xlsx": workbook.write_xlsx(
            "inspector", inspectors(), title="示例市双随机办执法检查人员名录库（示例）"
        ),
        "recusals.xlsx": workbook.write_xlsx("recusal", recusals(), title="示例市双随机办回避名单（示例）"),
    }


def read(name: str) -> bytes:
    """A shipped sample file."""
    return (FOLDER / name).read_bytes()


if __name__ == "__main__":
    for name, data in build().items():
        (FOLDER / name).write_bytes(data)
        print(name, len(data))
