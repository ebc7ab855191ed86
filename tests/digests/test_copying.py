"""What a copy of an issue says, and does not."""

from hypothesis import given
from hypothesis import strategies as st

from feeder.digests import copying
from feeder.model.digests import Mark

PAGE = f"""<body><p>Items.</p>
<p style="margin:0"><a href="{Mark.COPY}"><b>3 more on the web</b></a></p>
<p>{Mark.WHY}</p>
<p class="f"><a class="x" href="{Mark.PREFERENCES}" style="color:red">Change
what you get</a> · <a href='{Mark.UNSUBSCRIBE}'>Unsubscribe</a></p>
<p><a href="https://spans.example/">Spans</a></p></body>"""


def copied(page: str) -> str:
    return copying.without_reader(page, "A <copy>.", "https://spans.example/copy/x/all")


def test_a_copy_has_other_words_and_none_of_the_readers_links() -> None:
    page = copied(PAGE)
    assert page == (
        "<body><p>Items.</p>\n"
        '<p style="margin:0"><a href="https://spans.example/copy/x/all"><b>3 more on the web</b></a></p>\n'
        "<p>A &lt;copy&gt;.</p>\n"
        "\n"
        '<p><a href="https://spans.example/">Spans</a></p></body>'
    )


def test_a_link_among_other_words_goes_alone() -> None:
    page = copied(f'<p>Read on. <a href="{Mark.UNSUBSCRIBE}">Leave</a> Goodbye.</p>')
    assert page == "<p>Read on.  Goodbye.</p>"


@given(st.lists(st.sampled_from([*Mark, "<a href='", '">', "</a>", "<p>", "</p>", " · ", "text"])))
def test_no_mark_is_left_whatever_a_template_makes_of_it(parts: list[str]) -> None:
    page = copied("".join(parts))
    assert "\ufdd0" not in page
    assert "\ufdd1" not in page
