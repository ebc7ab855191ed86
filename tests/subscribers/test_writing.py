"""The form of a list, found by a look at its beginning."""

import pytest

from feeder.errors import ConfigurationError
from feeder.subscribers import writing
from feeder.subscribers.writing import Shape, Writing

CSV = "E-Mail,Größe\nada@example.org,1\n"


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (CSV.encode(), Writing(Shape.CSV, "utf-8", ("E-Mail", "Größe"))),
        (CSV.encode("utf-8-sig"), Writing(Shape.CSV, "utf-8-sig", ("E-Mail", "Größe"))),
        (CSV.encode("utf-16"), Writing(Shape.CSV, "utf-16", ("E-Mail", "Größe"))),
        (CSV.encode("utf-16-be"), Writing(Shape.CSV, "utf-16-be", ("E-Mail", "Größe"))),
        (CSV.encode("utf-16-le"), Writing(Shape.CSV, "utf-16-le", ("E-Mail", "Größe"))),
        (b"a;b,c;d\n", Writing(Shape.CSV, "utf-8", ("a", "b,c", "d"), ";")),
        (b"a\tb\r\n1\t2\r\n", Writing(Shape.CSV, "utf-8", ("a", "b"), "\t")),
        (b'"a;b;c",d\n', Writing(Shape.CSV, "utf-8", ("a;b;c", "d"))),
        (b"\n\n  a , b \n", Writing(Shape.CSV, "utf-8", ("a", "b"))),
        (b'"a\nb",c\n', Writing(Shape.CSV, "utf-8", ("a\nb", "c"))),
        (b"email\n", Writing(Shape.CSV, "utf-8", ("email",))),
        (b"ada@example.org\nbo@example.org\n", Writing(Shape.CSV, "utf-8", ("email",), is_headed=False)),
        (b"Ada,ada@example.org\n", Writing(Shape.CSV, "utf-8", ("1", "email"), is_headed=False)),
        (b"a@b.org,c@d.org\n", Writing(Shape.CSV, "utf-8", ("1", "2"), is_headed=False)),
        (b'[{"a": 1}, {"b": [2], "a": 3}]', Writing(Shape.JSON, "utf-8", ("a", "b"))),
        (b' \n [\n{"a": 1},\n{"b"', Writing(Shape.JSON, "utf-8", ("a",))),
        (b'{"a": 1}\n{"b": 2}\n', Writing(Shape.LINES, "utf-8", ("a", "b"))),
        (b'{"a": 1}\nnonsense\n{"b": 2}', Writing(Shape.LINES, "utf-8", ("a", "b"))),
    ],
)  # fmt: skip
def test_the_form_is_found(start: bytes, found: Writing) -> None:
    assert writing.look("list", start) == found


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (b"", "list: is empty; name a file"),
        (b" \n\n", "list: is empty"),
        (b"PK\x03\x04rest", "is an archive, or a spreadsheet"),
        (
            "email\nmüller@example.org\n".encode("cp1252"),
            "list, line 2: is not UTF-8; perhaps it is Windows-1252",
        ),
        (b"[1, 2]", "no list of objects"),
        (b"[]", "no list of objects"),
        (b"[" * 10_000, "no list of objects"),
        (b'{\n"members": []\n}', "no list of objects"),
        (b'"email\n', "has a heading that cannot be read"),
        (b"ab\0,c\n", "its first line is no heading"),
        (b"a," * 2_000, "its first line is no heading"),
        (b"a" * writing.LOOK, "its first line is no heading"),
    ],
)
def test_what_is_no_list_is_refused_with_a_mend(start: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        writing.look("list", start)
    assert told in str(raised.value)


def test_a_letter_that_the_look_cuts_is_no_fault() -> None:
    start = ("email\n" + "ü" * writing.LOOK).encode()[: writing.LOOK - 1]
    assert writing.look("list", start).encoding == "utf-8"


def test_a_form_tells_itself() -> None:
    assert str(writing.look("list", b"a;b\n")) == "CSV with semicolons, UTF-8"
    assert str(writing.look("list", "a\tb\n".encode("utf-16"))) == "CSV with tabs, UTF-16"
    assert str(writing.look("list", b'[{"a": 1}]')) == "JSON"
    assert str(writing.look("list", b'{"a": 1}')) == "JSON Lines"
