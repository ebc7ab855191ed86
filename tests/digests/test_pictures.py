"""Pictures in mail are no wider than an issue, and say their height where it is known."""

import struct
import zlib
from pathlib import Path

import pytest

from feeder.digests.pictures import WIDEST, Size, fitted, shown_at
from feeder.model.items import Picture

ELSEWHERE = Picture("https://cdn.example/a.jpg")


def png(file: Path, width: int, height: int) -> Picture:
    """Write as much of a picture as tells its size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    )
    return Picture(f"media/{file.name}", file=file)


def address(picture: Picture) -> str:
    return f"https://ada.example/{picture.src}?a&b" if picture.file else picture.src


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1104, 600), Size(552, 300)),
        ((552, 10), Size(552, 10)),
        ((100, 50), Size(100, 50)),
        ((9000, 1), Size(552, 1)),
    ],
)
def test_a_picture_of_the_site_is_shown_as_large_as_it_is_or_fits(
    tmp_path: Path, size: tuple[int, int], shown: Size
) -> None:
    assert shown_at(png(tmp_path / "a.png", *size)) == shown


def test_of_a_picture_elsewhere_only_the_width_is_said() -> None:
    assert shown_at(ELSEWHERE) == Size(WIDEST, 0)


def test_a_picture_that_is_gone_or_none_is_like_one_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")

    for name in ("none.png", "text.png"):
        assert shown_at(Picture("media/a.png", file=tmp_path / name)) == Size(WIDEST, 0)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('<img src="a" width="1104" height="600" alt="x">', '<img src="a" alt="x" width="552" height="300">'),
        ('<img src="a" width="1104">', '<img src="a" width="552">'),
        ('<img src="a" height="9" width="20">', '<img src="a" width="20" height="9">'),
        ('<img src="a" width="50%">', '<img src="a">'),
        ('<img src="a" width="0" height="0">', '<img src="a">'),
        ('<img src="a" alt="">', '<img src="a" alt="">'),
        ("<p>&lt;img width=9999&gt;</p>", "<p>&lt;img width=9999&gt;</p>"),
    ],
)
def test_pictures_within_a_text_are_no_wider_than_an_issue(written: str, shown: str) -> None:
    assert fitted(written, (), address) == shown


def test_pictures_of_the_site_within_a_text_say_their_size(tmp_path: Path) -> None:
    picture = png(tmp_path / "a.png", 1104, 600)

    shown = fitted('<img src="https://ada.example/media/a.png?a&amp;b">', [picture, ELSEWHERE], address)

    assert shown == '<img src="https://ada.example/media/a.png?a&amp;b" width="552" height="300">'
