"""The gallery shows every kind of document as it is now called, with a picture that loads quickly."""

from pathlib import Path

import pytest

from templates.word import KINDS
from tests import gallery


def test_every_kind_of_document_is_shown() -> None:
    assert {type(view) for view in gallery.VIEWS.values()} == set(KINDS)
    assert gallery.PAGE.read_text("utf-8") == gallery.text(), "python -m tests.gallery"


@pytest.mark.parametrize("kind", gallery.VIEWS)
def test_each_picture_is_there_and_small(kind: str) -> None:
    data = (gallery.DOCS / gallery.picture(kind)).read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) < gallery.LIMIT


@pytest.mark.needs("libreoffice")
@pytest.mark.needs("fonts")
def test_the_pictures_can_be_made_again(tmp_path: Path) -> None:
    gallery.draw(tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {
        Path(gallery.picture(kind)).name for kind in gallery.VIEWS
    }
