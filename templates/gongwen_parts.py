"""What several templates share: contact, headings of forms, discipline."""

from templates.paper import (
    FORM,
    FORM_HEAD,
    TITLE,
    Page,
    Role,
    addressee,
    closing,
    level1,
    paragraph,
    red_head,
    signature,
    text,
    title,
)

DISCIPLINE = (
    "严格依法检查，不得超出本通知书载明的事项和范围，不得妨碍检查对象正常的生产经营活动。",
    "不得索取或者收受检查对象的财物，不得接受宴请、娱乐、旅游等安排，不得谋取其他利益。",
    "检查时应当主动出示执法证件，执法检查人员不得少于两人；没有执法证件的人员不得实施检查。",
    "与检查对象有利害关系的，应当主动申请回避。",
    "对检查中知悉的国家秘密、商业秘密和个人隐私负有保密义务；检查开始前不得向检查对象以及无关人员透露抽查名单。",
    "如实记录、如实录入，不得隐瞒、更改检查结果。",
)
# What a paper to an entity says about its remedies (行政复议法, 行政诉讼法).
REMEDY = (
    "可以自收到{paper}之日起六十日内依法向{{{{ 复议机关 }}}}申请行政复议，"
    "或者在六个月内依法向{{{{ 法院 }}}}提起行政诉讼；也可以向本机关投诉举报。"
)
CLEAN = (
    "检查人员不得妨碍你单位正常的生产经营活动，不得索取、收受财物，不得接受宴请或者谋取其他利益，"
    "对知悉的商业秘密和个人隐私予以保密。如有违反，请拨打监督举报电话：{{ 监督电话 }}。"
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


def form_name(words: str) -> str:
    """The name of a table that stands by itself, with the office in it."""
    return paragraph(words, role=TITLE, align="center", line=640, grid=False, keep=True, after=120)


def plain_line(words: str, *, align: str = "left", before: int = 0, tab: int = 0) -> str:
    """One line above or below a table; what follows a tab ends at `tab`."""
    return paragraph(words, role=FORM, align=align, line=420, before=before, grid=False, tab=tab, tab_side="right")


def filled_foot(page: Page) -> str:
    """Who filled a table in, with whom to talk, and when."""
    line = "填报人：{{ 填报人 }}　　　　联系电话：{{ 联系电话 }}\t填报日期：{{ 填报日期 }}"
    return plain_line(line, before=120, tab=page.inner)


def issued(kind: str, body: str) -> str:
    """印发: a letter that sends out a plan or rules, which follow on a page of their own under their own title.

    The fields 标题 (of the letter), 主送, 名称 (of what is sent out, as in a sentence) and 名称分行 (as its title).
    """
    order = "请认真组织实施" if kind == "工作方案" else "请遵照执行"
    own = paragraph("{{ 名称分行 }}", role=TITLE, align="center", line=680, grid=False, page_break=True, after=289)
    return "".join(
        (
            red_head(),
            title("{{ 标题 }}"),
            addressee("{{ 主送 }}"),
            text(f"现将《{{{{ 名称 }}}}》印发给你们，{order}。"),
            signature(room=1),
            own,
            body,
            closing(),
        )
    )


def listed(*names: str) -> str:
    """附件说明: one line under the text, numbered where there are several, the names under one another."""
    first, *more = [f"{number}.{name}" if len(names) > 1 else name for number, name in enumerate(names, 1)]
    return paragraph("", keep=True) + "".join(
        (text(f"附件：{first}", keep=True), *(paragraph(words, first=500, keep=True) for words in more))
    )


def receipt_line(words: str) -> str:
    """A line of a form to be signed on."""
    return paragraph(words, role=FORM, line=620, grid=False, align="left")


def loops(body: list[str]) -> str:
    """The body as one text; a bare Jinja statement becomes a paragraph of its own."""
    return "".join(paragraph(part, grid=False) if part.startswith("{%p") else part for part in body)
