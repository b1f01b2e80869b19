"""What there is to read in a file, before it is read."""

import io
import zipfile

import pytest

from templates import samples, workbook
from templates.grid import weight


def packed(**parts: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return body.getvalue()


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", 0),
        (b"a,b\n1,2\n", 8),
        (packed(xl__worksheets__sheet1=b"x" * 3000, xl__sharedStrings=b"x" * 600, xl__styles=b"x" * 9000), 1200),
        (packed(word__document=b"x" * 1000, word__styles=b"x" * 9000), 3000),
        (packed(docProps__app=b"x" * 9000), 0),
        (packed(word__document=b"x" * 1000)[:-10], len(packed(word__document=b"x" * 1000)) - 10),
        (b"PK\x03\x04 and no more", 16),
    ],
)
def test_it_weighs_what_is_written_in_cells(data: bytes, wanted: int) -> None:
    assert weight(data) == wanted


def test_a_plan_is_light_and_a_register_of_thousands_is_not() -> None:
    register = workbook.write_xlsx("entity", [{"label": f"H{n:06d}", "name": f"示例企业{n}"} for n in range(20_000)])
    assert weight(samples.read("plan-2020.docx")) < 200_000 < 1_000_000 < weight(register)
