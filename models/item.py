"""抽查事项清单: the items that may be inspected, each with its legal basis (DESIGN §4)."""

from datetime import date

from sqlmodel import Field, SQLModel


class Item(SQLModel, table=True):
    """One item of the list; without a basis there is no inspection (S3)."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    subject: str = ""
    basis: str
    content: str = ""
    method: str = ""
    ratio: str = ""
    frequency: str = ""
    # 一般 or 重点 (S1).
    category: str = "一般"
    superior_code: str = ""
    guide: str = ""
    form: str = ""
    version: int = 1
    published_on: date | None = None
    active: bool = True
