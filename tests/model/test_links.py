"""What looks at an address prove, told as tables; and laws that hold for any looks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.model import links
from feeder.model.links import Closed, Copy, Found, Hostless, Link, Missing, Sight, Silent, Standing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
URL = "https://paper.example/2016/a?id=7"

WELL = Found("answers 200", URL)
GONE = Missing("answers 404")
LAPSED = Hostless("cannot be resolved")
PAID = Closed("answers 402")
MUTE = Silent("said nothing")


def fresh(**fields: object) -> Link:
    return Link(1, URL, NOW, **fields)  # type: ignore[arg-type]


def moved(settled: str, url: str | None = None) -> Found:
    return Found("answers 200", url or settled, settled)


def looked(*sights: Sight, every: timedelta = MONTH) -> tuple[Link, list[int]]:
    """Look whenever it is time; return how the link stands then, and the days of the looks."""
    link, days = fresh(), list[int]()
    for sight in sights:
        days.append((link.next_check - NOW).days)
        link = links.judge(link, sight, link.next_check, every)
    return link, days


@pytest.mark.parametrize(
    ("sights", "standing", "days"),
    [
        ([WELL], "well", [0]),
        ([WELL, WELL], "well", [0, 30]),
        ([GONE], "missing", [0]),
        ([GONE, GONE], "missing", [0, 4]),
        ([GONE, GONE, GONE], "gone", [0, 4, 8]),
        ([GONE, GONE, GONE, GONE], "gone", [0, 4, 8, 38]),
        ([GONE, GONE, WELL, GONE, GONE], "missing", [0, 4, 8, 38, 42]),
        ([GONE, GONE, GONE, WELL], "well", [0, 4, 8, 38]),
        # What proves nothing neither counts nor takes back.
        ([GONE, PAID, GONE, MUTE, GONE], "gone", [0, 4, 8, 12, 16]),
        ([GONE, PAID, MUTE, PAID], "missing", [0, 4, 8, 12]),
        ([GONE, GONE, GONE, PAID], "gone", [0, 4, 8, 38]),
        ([GONE, GONE, GONE, LAPSED], "gone", [0, 4, 8, 38]),
        ([LAPSED, LAPSED, LAPSED], "adrift", [0, 7, 14]),
        ([LAPSED] * 4, "lapsed", [0, 7, 14, 21]),
        ([LAPSED, LAPSED, WELL], "well", [0, 7, 14]),
        # Another doubt begins anew.
        ([GONE, GONE, LAPSED, GONE], "missing", [0, 4, 8, 15]),
        ([PAID, PAID, PAID, PAID], "closed", [0, 30, 60, 90]),
        ([MUTE] * 9, "silent", [0, 7, 14, 21, 28, 35, 42, 49, 56]),
        ([MUTE, PAID], "closed", [0, 7]),
    ],
)
def test_gone_takes_several_looks_over_days(sights: list[Sight], standing: str, days: list[int]) -> None:
    link, found = looked(*sights)
    assert (link.standing, found) == (standing, days)


def test_it_is_told_since_when() -> None:
    link, _ = looked(WELL, GONE, GONE, GONE)
    assert (link.since, link.checked) == (NOW + 30 * DAY, NOW + 38 * DAY)
    link, _ = looked(WELL, WELL, WELL)
    assert link.since == NOW


def test_looks_that_are_repeated_by_hand_prove_nothing_sooner() -> None:
    link = fresh()
    for minute in range(20):
        link = links.judge(link, GONE, NOW + timedelta(minutes=minute), MONTH)
    assert link.standing is Standing.MISSING


@pytest.mark.parametrize(
    ("settled", "end", "standing"),
    [
        ("https://paper.example/archive/a", None, "moved"),
        ("https://other.example/2016/a?id=7", None, "moved"),
        ("https://paper.example/archive/a", "https://paper.example/archive/a?cookies=ok", "moved"),
        (URL, None, "well"),
        # Home pages, which stand in for whatever is gone.
        ("https://paper.example/", None, "astray"),
        ("https://paper.example", None, "astray"),
        ("https://other.example/index.html", None, "astray"),
        ("https://paper.example/en/", None, "astray"),
        ("https://paper.example/de-CH", None, "astray"),
        ("https://paper.example/a", "https://paper.example/", "astray"),
        ("https://paper.example/404.html", None, "astray"),
        ("https://paper.example/errors/not-found", None, "astray"),
        # What looks like one, and is none.
        ("https://paper.example/?p=7", None, "moved"),
        ("https://paper.example/uk/politics", None, "moved"),
        ("https://paper.example/2016/errors-of-youth", None, "moved"),
        # Doors.
        ("https://paper.example/login?next=/2016/a", None, "closed"),
        ("https://paper.example/subscribe/", None, "closed"),
        ("https://paper.example/a", "https://id.example/sign-in", "closed"),
        ("https://paper.example/how-to-subscribe-to-peace", None, "moved"),
    ],
)
def test_where_an_address_has_moved(settled: str, end: str | None, standing: str) -> None:
    link = links.judge(fresh(), moved(settled, end), NOW, MONTH)
    assert link.standing == standing
    assert link.target == (settled if standing == "moved" else None)


def test_a_home_page_may_move_to_another() -> None:
    home = Link(1, "http://podcast.example/", NOW)
    link = links.judge(home, moved("https://www.podcast.example/"), NOW, MONTH)
    assert (link.standing, link.target) == ("moved", "https://www.podcast.example/")


def test_a_part_of_a_page_moves_along() -> None:
    part = Link(1, "http://paper.example/a#part", NOW)
    link = links.judge(part, moved("https://paper.example/a"), NOW, MONTH)
    assert link.target == "https://paper.example/a#part"


def test_what_was_declined_is_not_proposed_again_but_another_is() -> None:
    link = fresh(declined="https://paper.example/b")
    assert links.judge(link, moved("https://paper.example/b"), NOW, MONTH).standing == "well"
    assert links.judge(link, moved("https://paper.example/c"), NOW, MONTH).standing == "moved"


def test_where_several_lead_nobody_knows_whether_they_moved() -> None:
    old, new = "https://paper.example/{}", "https://paper.example/opinion"
    found = [
        Link(number, old.format(name), NOW, Standing.MOVED, target=target)
        for number, (name, target) in enumerate(
            [("a", new), ("b", new), ("c", f"{new}/c"), ("d", f"{new}/d"), ("d", f"{new}/d")]
        )
    ]
    assert [link.standing.value for link in links.doubted(found)] == [
        "astray",
        "astray",
        "moved",
        "moved",
        "moved",
    ]
    assert [link.target for link in links.doubted(found)] == [link.target for link in found]
    assert links.doubted([fresh(), fresh(standing=Standing.WELL)]) == [fresh(), fresh(standing=Standing.WELL)]


def test_an_archive_is_asked_once() -> None:
    lost, _ = looked(GONE, GONE, GONE)
    assert links.wants_copy(lost)
    assert not links.wants_copy(links.with_copy(lost, None, NOW))
    assert not links.wants_copy(links.with_copy(lost, Copy("https://archive.example/a", NOW), NOW))
    assert not any(links.wants_copy(looked(sight)[0]) for sight in (WELL, GONE, LAPSED, PAID, MUTE))
    assert links.retried(lost, NOW, MONTH).next_check == NOW + 7 * DAY


SIGHTS = st.lists(st.sampled_from([WELL, GONE, LAPSED, PAID, MUTE]), min_size=1, max_size=12)


@given(sights=SIGHTS, pauses=st.lists(st.integers(0, 40), min_size=12, max_size=12), every=st.integers(1, 90))
def test_nothing_is_gone_without_proof(sights: list[Sight], pauses: list[int], every: int) -> None:
    """Whenever somebody looks: gone was said three times over a week, without a look that found it since."""
    link, now = fresh(), NOW
    said: list[tuple[datetime, Sight]] = []
    for sight, pause in zip(sights, pauses, strict=False):
        now += pause * DAY
        link = links.judge(link, sight, now, every * DAY)
        said = [] if sight is WELL else [*said, (now, sight)]
        for proof, standing, looks, days in ((GONE, "gone", 3, 7), (LAPSED, "lapsed", 4, 21)):
            moments = [moment for moment, each in said if each is proof]
            proven = len(moments) >= looks and moments[-1] - moments[0] >= days * DAY
            assert link.standing != standing or proven
        assert now < link.next_check <= now + every * DAY
        assert link.checked == now
