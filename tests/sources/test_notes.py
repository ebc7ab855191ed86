import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.model.appearances import KnownOutlet, Policy, Proposal, Role
from feeder.sources.notes import MAX_CHARACTERS, gazetteer, propose, reading
from feeder.sources.notes.gazetteer import Gazetteer, load_gazetteer

NOTES = Path(__file__).parents[1] / "data" / "notes"


@cache
def known() -> Gazetteer:
    return load_gazetteer()


def proposed(note: str, **context: str) -> list[tuple[str, str, str]]:
    return [(each.outlet, each.topic, each.role.value) for each in propose(note, known(), **context)]


def told(note: str) -> list[tuple[str, str]]:
    return [(outlet, topic) for outlet, topic, _ in proposed(note)]


# How good it is: one half of the notes to build on, one half to judge with.


@dataclass(frozen=True)
class Score:
    right: int
    proposed: int
    expected: int

    @property
    def precision(self) -> float:
        return self.right / self.proposed

    @property
    def recall(self) -> float:
        return self.right / self.expected


def same_topic(topic: str) -> str:
    small = topic.casefold().replace("’", "'").strip(" .,;:\"'")
    return re.sub(r"^(?:the|a|an|der|die|das|den|dem|le|la|les|el|los|las|un|una|une) |^l'", "", small)


def score(half: str) -> tuple[Score, Score]:
    """Return how well outlets, and outlets with their topics, are found."""
    outlets, topics = [0, 0, 0], [0, 0, 0]
    for line in (NOTES / f"{half}.jsonl").read_text("utf-8").splitlines():
        example = json.loads(line)
        found = [(each.outlet, same_topic(each.topic)) for each in propose(example["note"], known())]
        meant = [(each["outlet"], same_topic(each["topic"])) for each in example["expected"]]
        add(outlets, (outlet for outlet, _ in found), (outlet for outlet, _ in meant))
        add(topics, found, meant)
    return Score(*outlets), Score(*topics)


def add(counts: list[int], found: Iterable[object], meant: Iterable[object]) -> None:
    found_counts, meant_counts = Counter(found), Counter(meant)
    counts[0] += (found_counts & meant_counts).total()
    counts[1] += found_counts.total()
    counts[2] += meant_counts.total()


@pytest.mark.parametrize(
    ("half", "outlet", "topic"),
    [
        ("build", (0.98, 0.96), (0.95, 0.92)),
        ("judge", (0.96, 0.96), (0.95, 0.95)),
    ],
)
def test_scores(half: str, outlet: tuple[float, float], topic: tuple[float, float]) -> None:
    outlets, topics = score(half)

    assert outlets.precision >= outlet[0]
    assert outlets.recall >= outlet[1]
    assert topics.precision >= topic[0]
    assert topics.recall >= topic[1]


# The examples that say what is wanted.


def test_one_list_shares_a_topic() -> None:
    note = "Spoke to the Financial Times, Reuters and the Washington Post in the wake of the Lisbon attacks."

    assert told(note) == [
        ("Financial Times", "the Lisbon attacks"),
        ("Reuters", "the Lisbon attacks"),
        ("Washington Post", "the Lisbon attacks"),
    ]


def test_a_link_on_a_verb_belongs_to_its_outlet() -> None:
    note = (
        'New piece for <a href="https://n.example/1">Newsweek</a> looking at X. Separately, spoke to '
        '<a href="https://p.example/2">Politico</a> about Malta’s approach to fishing, and a presentation at a '
        'Home Office conference <a href="https://c.example/3">got picked up</a>.'
    )

    politico, conference = propose(note, known())

    assert politico == Proposal(
        "Politico",
        "Malta’s approach to fishing",
        Role.INTERVIEWED,
        "https://p.example/2",
        "spoke to Politico about Malta’s approach to fishing",
        "en",
    )
    assert (conference.outlet, conference.role) == ("Home Office conference", Role.TALK)
    assert conference.url == "https://c.example/3"


def test_a_translation() -> None:
    note = 'My piece for the <a href="https://o.example">FT</a>’s Alphaville blog got picked up and translated into <a href="https://t.example">中文</a>.'

    (translation,) = propose(note, known())

    assert (translation.outlet, translation.role) == ("Financial Times", Role.TRANSLATED)
    assert (translation.language, translation.url) == ("zh", "https://t.example")


@pytest.mark.parametrize(
    ("note", "url"),
    [
        ('Spoke to <a href="https://e.example/">Reuters</a> about ferries.', "https://e.example/"),
        ('Spoke to Reuters about <a href="https://e.example/">ferries</a>.', "https://e.example/"),
        ('<a href="https://e.example/">Spoke</a> to Reuters about ferries.', "https://e.example/"),
        (
            'Spoke to Reuters about ferries. Read it <a href="https://e.example/">here</a>.',
            "https://e.example/",
        ),
        ("Spoke to Reuters (https://e.example/) about ferries.", "https://e.example/"),
        ('Spoke to <a href="//e.example/a">Reuters</a> about ferries.', "//e.example/a"),
        ('Spoke to <a href="mailto:a@e.example">Reuters</a> about ferries.', None),
        ('Piece for <a href="https://p.example/">Time</a>. Spoke to Reuters about ferries.', None),
    ],
)
def test_links(note: str, url: str | None) -> None:
    (proposal,) = propose(note, known())

    assert proposal.url == url
    assert proposal.topic == "ferries"


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        # verbs and nouns, before and after their outlets
        ("Had a chat with LBC about tolls.", ("LBC", "tolls", "interviewed")),
        ("Was on BBC Radio 4's Today programme to discuss tolls.", ("BBC Radio 4", "tolls", "interviewed")),
        ("My comments on tolls in the Guardian.", ("Guardian", "tolls", "quoted")),
        ("Cited by the Economist regarding tolls.", ("Economist", "tolls", "quoted")),
        ("Some of my thoughts on tolls ended up in Wired.", ("Wired", "tolls", "quoted")),
        ("The Hill quoted me on tolls.", ("The Hill", "tolls", "quoted")),
        ("Fielded questions from CBC on tolls.", ("CBC", "tolls", "interviewed")),
        ("Did a podcast with Lawfare on tolls.", ("Lawfare", "tolls", "interviewed")),
        ("Was on a panel at Chatham House on tolls.", ("Chatham House", "tolls", "talk")),
        ("My article on tolls was reproduced in the Hindu.", ("Hindu", "tolls", "republished")),
        ("My article on tolls was translated by Le Monde.", ("Le Monde", "tolls", "translated")),
        ("Talked about tolls with NPR.", ("NPR", "tolls", "interviewed")),
        ("In the Guardian, I am quoted on tolls.", ("Guardian", "tolls", "quoted")),
        ("Launched at Chatham House, where I gave a talk on tolls.", ("Chatham House", "tolls", "talk")),
        ("Did some media on tolls: Reuters.", ("Reuters", "tolls", "interviewed")),
        ("Some radio this week. LBC on tolls.", ("LBC", "tolls", "interviewed")),
        ("Thanks to NPR for having me on to discuss tolls.", ("NPR", "tolls", "interviewed")),
        ("There was also time to talk to CBC about tolls.", ("CBC", "tolls", "interviewed")),
        ("The Week ran a story about tolls with some of my comments.", ("The Week", "tolls", "quoted")),
        ("Spoke to the Danish daily Nordpost about tolls.", ("Nordpost", "tolls", "interviewed")),
        ("Spoke to Vox about why it remains so.", ("Vox", "why it remains so", "interviewed")),
        ("Was on the BBC's Newsnight to talk tolls.", ("BBC Newsnight", "tolls", "interviewed")),
        ("Did an interview with Slate. It was about tolls.", ("Slate", "tolls", "interviewed")),
        ("Im ZDF durfte ich die Maut einordnen.", ("ZDF", "die Maut", "interviewed")),
        ("Analicé los peajes en Caracol.", ("Caracol", "los peajes", "interviewed")),
        ("Der Spiegel hat mich zu Mautgebühren befragt.", ("Der Spiegel", "Mautgebühren", "interviewed")),
        ("Mit der NZZ sprach ich über Maut.", ("Neue Zürcher Zeitung", "Maut", "interviewed")),
        ("J'ai répondu aux questions de RFI sur les péages.", ("RFI", "les péages", "interviewed")),
        ("Le Monde m'a cité à propos des péages.", ("Le Monde", "péages", "quoted")),
        ("Hablé con El País sobre los peajes.", ("El País", "los peajes", "interviewed")),
        ("El Mundo me entrevistó sobre los peajes.", ("El Mundo", "los peajes", "interviewed")),
        # names
        ("Spoke to the Gaurdian about tolls.", ("Guardian", "tolls", "interviewed")),
        ("Spoke to the Meridian Gazette about tolls.", ("Meridian Gazette", "tolls", "interviewed")),
        ("Spoke to Jane Roe of the FT about tolls.", ("Financial Times", "tolls", "interviewed")),
        ("Spoke to Canada's Globe and Mail about tolls.", ("Globe and Mail", "tolls", "interviewed")),
        # topics
        ("Spoke to Vox after the vote about tolls.", ("Vox", "tolls", "interviewed")),
        ("Spoke to Vox about tolls, taxes and fees.", ("Vox", "tolls, taxes and fees", "interviewed")),
        ("Spoke to Vox about tolls, which are back.", ("Vox", "tolls", "interviewed")),
        ("Spoke to Vox about tolls last week.", ("Vox", "tolls", "interviewed")),
        ("Spoke to Vox about it.", ("Vox", "it", "interviewed")),
        ("Spoke to Vox.", ("Vox", "", "interviewed")),
        ("Spoke to CNN about Fox News and tolls.", ("CNN", "Fox News and tolls", "interviewed")),
    ],
)
def test_one_appearance(note: str, expected: tuple[str, str, str]) -> None:
    (found,) = proposed(note)

    assert found == expected


@pytest.mark.parametrize(
    "note",
    [
        "New piece for the Guardian.",
        '<a href="https://g.example/">Guardian</a> piece on ferries.',
        "Another op-ed in the Times. Photo: Reuters.",
        "Piece for Time. The picture is courtesy of AFP.",
        "I work at the Brookings Institution. Text for Slate.",
        "As a fellow at RUSI I should be careful.",
        "My book is out with Penguin.",
        "A piece for Slate about the BBC and its charter.",
        "A good interview with the Chancellor in the Economist.",
        "My colleague Ann Roe spoke to the BBC about our report.",
        "The minister told CNN that all is well.",
        "She was quoted in the Guardian.",
        "Was due to speak to CNN about ferries, but it was cancelled.",
        "Was supposed to give a talk at Chatham House; it has been postponed.",
        "I had an interview with Sky News about ferries. It was cancelled.",
        "Declined to speak to RT about ferries.",
        "Spoke to a few outlets about ferries.",
        "Spoke to Emma Stone about ferries.",
        "Spoke at a conference in Oslo about ferries.",
        "According to Reuters, the ferry sank.",
        "The Guardian asked me to write about ferries.",
        "Max Roe, meanwhile, spoke to the BBC about ferries.",
        "A colleague at RUSI was interviewed by the BBC about ferries.",
        "Was asked to go on GB News. I didn't.",
        "Was invited to speak to RT about ferries and said no.",
        "Jane Roe's interview with Die Zeit is worth reading.",
        "The ferry from Ankara sank.",
        "Mein Kommentar für die taz. Foto: dpa.",
        "Mein Kollege hat mit der taz über Fähren gesprochen.",
        "Une tribune pour Le Monde. Photo : AFP.",
        "Columna para El País. La ministra concedió una entrevista a ABC.",
        "",
    ],
)
def test_what_is_no_appearance(note: str) -> None:
    assert proposed(note) == []


def test_one_outlet_with_two_topics() -> None:
    note = "Spoke to the FT about tolls, to the Irish Times about rail, and the FT again about ferries."

    assert told(note) == [
        ("Financial Times", "tolls"),
        ("Irish Times", "rail"),
        ("Financial Times", "ferries"),
    ]


def test_each_sentence_is_read_in_its_own_language() -> None:
    note = "Spoke to the FT about tolls and to Reuters about rail. Außerdem habe ich mit der NZZ über Bern gesprochen."

    assert told(note) == [
        ("Financial Times", "tolls"),
        ("Reuters", "rail"),
        ("Neue Zürcher Zeitung", "Bern"),
    ]


def test_objects_may_be_topics_one_after_the_other() -> None:
    assert told("Discussed tolls with NPR and rail fares with the BBC.") == [
        ("NPR", "tolls"),
        ("BBC", "rail fares"),
    ]


def test_topics_in_brackets_belong_to_their_outlets() -> None:
    assert told("Interviews: NPR (tolls), the BBC (rail) and Vox (ferries).") == [
        ("NPR", "tolls"),
        ("BBC", "rail"),
        ("Vox", "ferries"),
    ]


def test_a_sentence_that_goes_on_with_the_last_verb() -> None:
    assert told("Spoke to the FT about tolls. And to Reuters about rail.") == [
        ("Financial Times", "tolls"),
        ("Reuters", "rail"),
    ]


def test_the_printing_outlet_republishes_nothing() -> None:
    note = "My article was republished by the Guardian and by Slate."

    assert [outlet for outlet, _, _ in proposed(note, printed_by="The Guardian")] == ["Slate"]


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ("Spoke to Handelsblatt about steel.", "de"),
        ("Spoke to Handelsblatt about steel (in English).", "en"),
        ("Spoke to the Meridian Gazette about steel.", None),
    ],
)
def test_language(note: str, language: str | None) -> None:
    assert [each.language for each in propose(note, known())] == [language]


# What holds for any text.

WORDS = (
    "I spoke to the with about on in at by and , ; . : ( ) — my comments interview piece for was quoted Reuters"
    " Guardian FT Le Monde Spiegel ich habe mit über gesprochen zu mich hat j'ai parlé de sur hablé con sobre"
    " panel talk translated into German picked up republished me which but cancelled Jane Roe of Oxford University"
    ' <a href="https://e.example/1"> </a> <p> </p> <b> & &amp; https://e.example/2 \n\n “Zeit”'
)
NAMELESS = "I spoke to with about on in the and , . my comments piece was"
ANY_NOTE = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(WORDS.split(" ")), max_size=40).map(" ".join)
)


@settings(max_examples=200, deadline=None)
@given(ANY_NOTE)
def test_proposals_say_what_the_note_says(note: str) -> None:
    read = reading.read(note)

    for each in propose(note, known()):
        assert each.phrase in read.text
        assert each.topic in read.text
        assert each.outlet
        assert each.url is None or each.url in {link.url for link in read.links}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(NAMELESS.split()), max_size=30))
def test_a_note_that_names_nobody_proposes_nothing(words: list[str]) -> None:
    assert propose(" ".join(words), known()) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "spoke to " * 5000,
        "Spoke to the FT, " * 2000,
        "A " * 9000,
        "<a href='https://e.example/'>" * 3000 + "Reuters",
        "my comments " * 120 + "in Reuters about " * 60,
        "(" * 1400,
        "to the nice people at " * 60 + "Reuters",
        "\0\ud800<![ &#0;",
    ],
)
def test_hostile_notes_take_no_time(hostile: str) -> None:
    begun = time.perf_counter()

    propose(hostile, known())

    assert time.perf_counter() - begun < 2


def test_long_texts_are_cut() -> None:
    assert proposed("x " * MAX_CHARACTERS + "Spoke to Reuters about ferries.") == []


# The outlet list.


def test_the_list_is_long_and_whole() -> None:
    outlets = gazetteer.parse(gazetteer.LIST.read_text("utf-8"))

    assert len(outlets) >= 1300
    assert all(each.home and each.home.startswith("https://") and each.language for each in outlets)
    assert all(each.policy is Policy.LINK for each in outlets)


def test_every_outlet_is_found_by_its_name() -> None:
    lost = [
        outlet.name
        for outlet in known().outlets.values()
        if outlet.name
        not in [found.outlet.name for found in known().find(f"x {outlet.name} x", outlet.language or "en")]
    ]

    assert not lost


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("the FT", "Financial Times"),
        ("NZZ", "Neue Zürcher Zeitung"),
        ("Neue Zircher Zeitung", "Neue Zürcher Zeitung"),
        ("Neue Zuercher Zeitung", "Neue Zürcher Zeitung"),
        ("Washinton Post", "Washington Post"),
        ("Washignton Post", "Washington Post"),
        ("Al-Jazeera", "Al Jazeera"),
        ("El Pais", "El País"),
        ("环球时报", "Global Times"),
        ("the New York Post", "New York Post"),
        ("NZX", None),
        ("guardian", None),
        ("the Foreign Affairs Committee", None),
        ("the Nation of Islam", None),
    ],
)
def test_names(written: str, name: str | None) -> None:
    found = known().find(f"spoke to {written}, then left", "en")

    assert [each.outlet.name for each in found] == ([name] if name else [])


@pytest.mark.parametrize(("language", "count"), [("de", 1), ("en", 0)])
def test_ordinary_words_are_names_in_their_own_language(language: str, count: int) -> None:
    assert len(known().find("Zitiert in der Zeit.", language)) == count


def test_a_shared_name_goes_by_the_language() -> None:
    assert [each.outlet.name for each in known().find("con ABC", "es")] == ["ABC España"]
    assert [each.outlet.name for each in known().find("with ABC", "en")] == ["ABC"]


def test_a_site_adds_outlets_and_its_own_entries_win() -> None:
    mine = [
        KnownOutlet("Harbour Times", aliases=("HT",)),
        KnownOutlet("Financial Times", home="https://mine.example/", policy=Policy.SUMMARY),
        KnownOutlet("My Fortnightly", aliases=("NZZ",)),
    ]
    extended = load_gazetteer(mine)

    assert [each.outlet for each in propose("Spoke to HT about tolls.", extended)] == ["Harbour Times"]
    assert extended.named("Financial Times") == mine[1]
    assert extended.named("NZZ") == mine[2]


@pytest.mark.parametrize("written", ["[", '"A" = { policy = "half" }'])
def test_a_list_that_is_none(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - TOML and policies each have a message of their own
        gazetteer.parse(written)


# Reading.


def test_notes_are_read_as_text_with_links() -> None:
    note = reading.read(
        '<p>One  <b>two</b><br>three &amp; <a href=" https://e.example/ ">f<i>ou</i>r</a></p><figure><img>'
        "<figcaption>AFP</figcaption></figure><script>x</script><p>five</p> six\n\nseven"
    )

    assert note.text == "One two\nthree & four\nfive\nsix\nseven"
    assert [(note.text[link.start : link.end], link.url) for link in note.links] == [
        ("four", "https://e.example/")
    ]


def test_a_link_before_the_next_verb_is_the_next_outlets() -> None:
    note = 'Spoke to Reuters about ferries, and did <a href="https://e.example/">this interview</a> with NPR.'

    assert [(each.outlet, each.url) for each in propose(note, known())] == [
        ("Reuters", None),
        ("NPR", "https://e.example/"),
    ]


def test_sentences() -> None:
    note = reading.read("Spoke to U.S. News. And to Dr. Who? Then (sic) home… and on. Kun.uz called.")

    assert [note.text[start:end] for start, end in note.sentences()] == [
        "Spoke to U.S. News.",
        "And to Dr. Who?",
        "Then (sic) home… and on.",
        "Kun.uz called.",
    ]
