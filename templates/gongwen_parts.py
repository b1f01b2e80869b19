"""What several templates share: contact, headings of forms, discipline."""

from templates.paper import FORM, FORM_HEAD, TITLE, Role, level1, paragraph, text

DISCIPLINE = (
    "严格依法检查，不得超出本通知书载明的事项和范围，不得妨碍检查对象正常的生产经营活动。",
    "不得索取或者收受检查对象的财物，不得接受宴请、娱乐、旅游等安排，不得谋取其他利益。",
    "检查时应当主动出示执法证件，执法检查人员不得少于两人；没有执法证件的人员不得实施检查。",
    "与检查对象有利害关系的，应当主动申请回避。",
    "对检查中知悉的国家秘密、商业秘密和个人隐私负有保密义务；检查开始前不得向检查对象以及无关人员透露抽查名单。",
    "如实记录、如实录入，不得隐瞒、更改检查结果。",
)
CONTACT = "联系人：{{ 联系人 }}，联系电话：{{ 联系电话 }}。"


def contact(number: str) -> str:
    """The last section: whom to call."""
    return level1(f"{number}、联系方式") + text(CONTACT, keep=True)


def form_title(words: str) -> str:
    """The office and the name of a form."""
    office = paragraph("{{ 发文机关 }}", role=Role(TITLE.font, 36), align="center", line=560, grid=False, keep=True)
    return office + paragraph(words, role=TITLE, align="center", line=680, grid=False, keep=True, after=160)


def form_level(words: str) -> str:
    """A heading within a form."""
    return paragraph(words, role=Role(FORM_HEAD.font, 28), line=480, before=160, grid=False, align="left", keep=True)


def form_text(words: str, *, keep: bool = False) -> str:
    """A paragraph within a form."""
    return paragraph(words, role=FORM, first=150, line=420, grid=False, keep=keep)


def loops(body: list[str]) -> str:
    """The body as one text; a bare Jinja statement becomes a paragraph of its own."""
    return "".join(paragraph(part, grid=False) if part.startswith("{%p") else part for part in body)
