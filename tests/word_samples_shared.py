"""What several samples share: a task, its people, items and entity, with awkward names."""

from datetime import datetime, timedelta, timezone
from hashlib import sha256

from models import views

BEIJING = timezone(timedelta(hours=8))


def digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()


def moment(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=BEIJING)


TASK = views.TaskView(
    plan_no="2026001",
    plan_name="2026年度双随机抽查计划（示例）",
    no="2026004",
    name="无线电台（站）设置使用情况抽查",
    kind="不定向抽查",
    unit="示例市工业和信息化局",
    joint_units=("示例市市场监督管理局", "示例市应急管理局"),
    batch=1,
)
INSPECTORS = (
    views.InspectorView(name="示例检查员甲", certificate="示例X0001", unit="示例市工业和信息化局", role="组长"),
    views.InspectorView(name="示例检查员𠮷", certificate="示例X0002", unit="示例市市场监督管理局", role="成员"),
)
ITEMS = (
    views.ItemView(
        code="SX-01",
        name="无线电频率使用情况检查",
        basis="《中华人民共和国无线电管理条例》第十四条、第五十六条",
        content="频率使用许可、使用率以及<占用>情况",
        method="实地检查",
    ),
    views.ItemView(
        code="SX-02",
        name="无线电台（站）设置、使用情况检查",
        basis="《中华人民共和国无线电管理条例》第二十七条",
        content="台站执照、识别码 & 参数",
        method="书面检查",
    ),
)
ENTITY = views.EntityView(
    name="示例市𠮷星通信<A&B>有限责任公司",
    code="91990100MA00000007",
    address="示例市示例区示例大街 1 号院 3 号楼（北门）",
    legal_person="示例负责人",
    legal_person_phone="0000-0000001",
    liaison="示例联络员",
    liaison_phone="0000-0000002",
)
