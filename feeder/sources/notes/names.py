"""Where a sentence names outlets: known ones, likely ones, and lists of them with what leads to them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feeder.model.appearances import KnownOutlet
from feeder.sources.notes.gazetteer import Gazetteer
from feeder.sources.notes.grammar import FIRST, REST, Grammar

_MEDIUM = (
    r"(?:programme|program|show|podcast|blog|magazine|newspaper|website|site|series|section"
    r"|newsletter|channel|service"
    r"|desk|radio|television|tv|online|Sendung|Podcast|Magazin|émission|matinale|revista|programa)"
)
# "BBC Radio 4's Today programme", "the Financial Times Beyond BRICS blog", "Reuters TV".
_EXTENSION = re.compile(
    rf"['’]s?(?: (?!and\b|of\b|on\b|in\b|for\b)[\w-]+){{0,4}}? {_MEDIUM}\b(?!['’])"
    rf"|['’]s?(?: (?!I\b)[A-ZÀ-Þ][\w-]*){{1,4}}"
    rf"|(?: (?!I\b|\w+day\b|Photo|Jan|Feb|Mar\w+ \d|Apr|Jul|Aug|Sep|Oct|Nov"
    rf"|Dec)[A-ZÀ-Þ][\w-]*){{0,4}} {_MEDIUM}\b(?!['’])"
    rf"|(?: (?!I\b|Ich\b|\w+day\b)[A-ZÀ-Þ][\w-]*){{1,3}}(?=[,.;)]| (?:and|on|about|in|to|for)\b)"
)
_POSSESSIVE = re.compile(r"['’]s?\b")
_OPENING, _CLOSING = "\"“”„«‘'‹", "\"“”»’'›"

_CAPITAL = r"[A-ZÀ-Þ][\w&-]*(?:[.'’/][\w&-]+)*"
_SEQUENCE = re.compile(
    rf"{_CAPITAL}(?:(?: (?:of|for|de|del|de la|de los|du|des|der|für|on|the|of the|&"
    rf"|d['’]))? ?{_CAPITAL}| \d+)*"
    rf"(?: (?:conference|summit|forum|festival|congress|symposium|workshop|dialogue|seminar|podcast"
    rf"|programme|show|newspaper|magazine"
    rf"|radio|wire|press agency wire|news agency|agency))?"
)
_IS_MEDIUM = re.compile(
    r"\b(?:Times|Post|News|Radio|TV|Television|Journal|Herald|Tribune|Gazette|Chronicle|Magazine"
    r"|Review|Daily|Press|Agency|Podcast"
    r"|Show|Network|Channel|Broadcasting|FM|Telegraph|Mail|Observer|Monitor|Courier|Mirror|Globe"
    r"|Examiner|Inquirer|Sentinel|Dispatch"
    r"|Bulletin|Weekly|Wire|Insider|Report|Reporter|Today|Standard|Argus|Echo|Star|Sun|Voice|Live"
    r"|Online|Digest|Quarterly|Advertiser"
    r"|Zeitung|\w*zeitung|\w*blatt|Anzeiger|\w*anzeiger|Rundschau|Nachrichten|Kurier|Bote|\w*funk"
    r"|Presse|Morgenpost|Allgemeine"
    r"|Courrier|Quotidien|Gazette|Dépêche|Écho|Tribune|Nouvelles|Diario|Periódico|Noticias|Voz"
    r"|Heraldo|Prensa|Correo|Gaceta|Revista|Cadena"
    r"|Corriere|Gazzetta|Giornale|Dagblad)\b|\b(?:podcast|programme|newspaper|magazine|radio|agency"
    r"|wire)$|\.(?:com|org|net|uz|kg|kz|ru|ge|tv|fm|co|io)$",
)
_IS_GATHERING = re.compile(
    r"\b(?:conference|summit|forum|festival|congress|symposium|dialogue|seminar|workshop|conference"
    r"|University|College|Institute|Institut|School"
    r"|Academy|Society|Club|Foundation|Stiftung|Council|Center|Centre|Conference|Forum|Festival"
    r"|Summit|Dialogue|Universität|Hochschule"
    r"|Akademie|Université|Universidad|Instituto|Fundación|Fondation|Museum|Library|House|Casa"
    r"|Association|Union|Seminar|Symposium)\b",
    re.IGNORECASE,
)
_NO_OUTLET = re.compile(
    r"\b(?:Minister\w*|Ministry|Committee|Parliament|Senate|Congress|Government|Commission|Police"
    r"|President\w*|Professor|Dr|Mr|Mrs|Ms|Sir|Lord"
    r"|Lady|King|Queen|Prince|General|Ambassador|Chancellor|Secretary|Governor|Mayor|Department"
    r"|Embassy|Army|Navy|House|Commons|Lords|Cabinet|Treasury|Pentagon|Fund|Party|Bank|Court|Office"
    r"|Council"
    r"|University|College|EU|UN|NATO|UK|US|USA|ISIS|ISIL|MPs?|MEPs?|CEO|London|Paris|Berlin|Brussels"
    r"|Washington|Moscow|Beijing|Europe|Asia|Africa"
    r"|America|Britain|Germany|France|Spain|China|Russia|Ukraine|Iran|Iraq|Syria|India|Twitter"
    r"|Facebook|LinkedIn|YouTube|Zoom|Skype|X|Instagram"
    r"|Substack|English|German|French|Spanish|Chinese|Arabic|Russian|Covid|Brexit|I|My|The|It|This"
    r"|Parlament|Bundestag|Minister\w*)\b"
)
# What may stand between the names of a list: "X (in German), Y on Monday and Z".
_BETWEEN = re.compile(
    r"(?: \((?:in|auf|en|via|video|audio)? ?[\w-]+\)|,? of all (?:places|people|things)(?=,)"
    r"| on \w+day(?: (?:morning|night|evening|afternoon))?"
    r"| (?:yesterday|today|this morning|tonight)| am \w+(?:tag|woch))+"
)
_DETERMINERS = re.compile(
    r"(?:(?:the|a|an|der|die|das|dem|den|le|la|les|el|los|las|il|also|auch|aussi|également|también"
    r"|then|later|both|l['’]|today['’]s|even|yesterday['’]s) ?)*",
    re.IGNORECASE,
)
# "Jane Harkness of the Financial Times", "the nice people at Monocle", "Kazakhstan's Vlast": who or what stands
# before an outlet's name belongs to it.
_PEOPLE = re.compile(
    r"(?:\b(?!(?:Mit|Bei|Von|Für|In|With|To|By|From|Spoke|Talked|Avec|Con|Par|Por|On"
    r"|At)\b)(?:[A-ZÀ-Þ][\w.'’-]+ ){2,4}"
    r"|\b(?:(?:[Tt]he|[Aa]|[Mm]y|some|our|eine[mrn]?|une?|una|los|les|der|die) )?(?:(?!(?:with|to|by"
    r"|from|at|in|on|mit|von|avec|par|con|por)\b)[\w-]+ ){0,2}(?:people|folks?|team|friends?|guys"
    r"|journalists?|reporters?|crew|hosts?"
    r"|editors?|producers?|correspondents?|columnists?|Journalist\w*|Redakteur\w*|Kolleg\w+"
    r"|journalistes?|periodistas?|amis|equipo|équipe) (?:[A-ZÀ-Þ][\w.'’-]+ ){0,3})"
    r"(?:of|at|from|over at|von|vom|bei|beim|de|du|del|à|en) (?:(?:the|der|dem|la|le|el|les|los) )?$",
)
_PLACE = re.compile(
    r"\b(?:[Tt]he |[Aa]n? )?[A-ZÀ-Þ][\w-]+ (?:daily|weekly|monthly|newspaper|paper|magazine"
    r"|broadcaster|public broadcaster|outlet|website|news agency|station|channel) $"
    r"|\b[A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ][\w-]+)?['’]s? $"
)
# "to a number of outlets (X, Y and Z)", "in several papers, including X".
_UNNAMED = re.compile(
    r"(?P<lead>\b(?:to|with|by|in|for|on|from|mit|bei|von|in|avec|par|dans|à|con|en|por|a)) (?:[\w-]+ ){0,5}"
    r"(?:outlets?|media|papers?|newspapers?|stations?|channels?|broadcasters?|journalists?"
    r"|publications|places|press|podcasts|wires|agencies|programmes"
    r"|Medien|Zeitungen|Sendern?|médias|journaux|chaînes|medios|periódicos|diarios)(?: [\w-]+){0,3}?"
    r"(?:,? ?\(| ?:|,|,? [–—-])? ?(?:including|incl\.|such as|like|among them|from|namely|e\.g\."
    r"|darunter|etwa|wie|notamment|dont|como|entre ellos|incluyendo)?"
    r" ?(?:the |der |dem |die |la |le |el |les )?$",
    re.IGNORECASE,
)


# What introduces the outlet that one speaks to, and hardly ever a place.
_SURE_LEADS = {"to", "by", "par", "por", "avec", "con"}
_LEADS = {"with", "for", "mit", "von", "bei", "beim", "der", "dem"}
_WHOLE_NAME = 5
_PERSON = 2
_GAP_WORDS = 4
_ARTICLE_WORDS = 3
_JOINT = 50


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a sentence. `known` is None for one that the outlet list lacks."""

    start: int
    end: int
    written: str
    known: KnownOutlet | None = None
    is_linked: bool = False
    has_article: bool = False
    owns: bool = False  # "the BBC's coverage": what follows is not the outlet, but its

    @property
    def is_medium(self) -> bool:
        """Whether it says itself that it names an outlet: "Meridian Gazette"."""
        return bool(_IS_MEDIUM.search(self.written))


@dataclass(frozen=True, slots=True)
class Listed:
    """Names that stand together, and the word that leads to them; `start` is where that stands."""

    start: int
    lead: str
    names: tuple[Name, ...]

    @property
    def is_subject(self) -> bool:
        """Whether no preposition leads to it. German "der" may be an article only."""
        return self.lead in {"", "der"}

    @property
    def first(self) -> int:
        """Where the first name begins."""
        return self.names[0].start

    @property
    def end(self) -> int:
        """Where the last name ends."""
        return self.names[-1].end


def known_names(
    sentence: str, gazetteer: Gazetteer, language: str, linked: Sequence[tuple[int, int]]
) -> list[Name]:
    """Return the known outlets that a sentence names, with what belongs to their names."""
    names: list[Name] = []
    for mention in gazetteer.find(sentence, language):
        if names and mention.start < names[-1].end:
            continue
        start, end = _with_quotes(sentence, mention.start, _extended(sentence, mention.end))
        start = _with_people(sentence, names[-1].end if names else 0, start)
        owner = _POSSESSIVE.match(sentence, end)
        name = Name(start, end, mention.outlet.name, mention.outlet, owns=bool(owner))
        names.append(replace(name, is_linked=_is_linked(name, linked)))
    return names


def masked(sentence: str, names: Iterable[Name]) -> str:
    """Return the sentence with a mask of the same length in place of each name."""
    shown = sentence.replace(FIRST, " ").replace(REST, " ")
    for name in names:
        shown = shown[: name.start] + FIRST + REST * (name.end - name.start - 1) + shown[name.end :]
    return shown


def lists(
    sentence: str, names: Sequence[Name], grammar: Grammar, linked: Sequence[tuple[int, int]]
) -> list[Listed]:
    """Return the lists of names in a masked sentence, in order; a single name is a list, too."""
    everyone = sorted([*names, *_likely_names(sentence, names, grammar, linked)], key=lambda name: name.start)
    found: list[list[Name]] = []
    for name in everyone:
        if (
            found
            and _joins(sentence[found[-1][-1].end : name.start], grammar)
            and _may_be_listed(sentence, found[-1], grammar)
        ):
            found[-1].append(name)
        else:
            found.append([name])
    listed: list[Listed] = []
    for group in found:
        after = listed[-1].end if listed else 0
        start, lead = _lead(sentence, after, group[0].start, grammar)
        listed.append(Listed(start, lead, tuple(group)))
    return listed


def may_be_outlet(name: Name, lead: str, *, of_talk: bool, in_list: bool) -> bool:
    """Tell whether a name that the outlet list lacks may be one, where the grammar says it is."""
    if name.known is not None or name.is_medium or (of_talk and _IS_GATHERING.search(name.written)):
        return True
    if _NO_OUTLET.search(name.written):
        return False
    word_count = len(name.written.split())
    abbreviates = name.written.isupper() and word_count == 1
    if of_talk:
        return name.is_linked or abbreviates or name.has_article or word_count > 1
    if in_list or ((name.has_article or abbreviates) and lead in _SURE_LEADS | _LEADS):
        return True
    if word_count == 1:
        return name.is_linked or (len(name.written) >= _WHOLE_NAME and lead in _SURE_LEADS)
    # Two words are most often a person.
    return name.is_linked and (word_count > _PERSON or "'s " in name.written)


def _may_be_listed(sentence: str, group: Sequence[Name], grammar: Grammar) -> bool:
    """Tell whether a list may go on: not after a place, as in "the vote in Oslo, X on Y"."""
    name = group[-1]
    if name.known or name.is_linked or name.is_medium or len(group) > 1:
        return True
    return _lead(sentence, 0, name.start, grammar)[1] in {
        "to",
        "with",
        "by",
        "mit",
        "von",
        "avec",
        "par",
        "con",
        "por",
    }


def _is_linked(name: Name, linked: Sequence[tuple[int, int]]) -> bool:
    return any(start < name.end and name.start < end for start, end in linked)


def _extended(sentence: str, end: int) -> int:
    further = _EXTENSION.match(sentence, end)
    return further.end() if further else end


def _with_quotes(sentence: str, start: int, end: int) -> tuple[int, int]:
    quoted = (
        start > 0
        and sentence[start - 1] in _OPENING
        and sentence[end : end + 1] in _CLOSING
        and end < len(sentence)
    )
    return (start - 1, end + 1) if quoted else (start, end)


def _with_people(sentence: str, after: int, start: int) -> int:
    floor = max(after, start - 80)
    before = sentence[floor:start]
    found = _PEOPLE.search(before) or _PLACE.search(before)
    return floor + found.start() if found else start


def _likely_names(
    sentence: str, names: Sequence[Name], grammar: Grammar, linked: Sequence[tuple[int, int]]
) -> list[Name]:
    """Return capitalized words where an outlet could stand: after a preposition, or beside another name."""
    likely: list[Name] = []
    for match in _SEQUENCE.finditer(sentence):
        if any(name.start <= match.end() + 1 and match.start() < name.end for name in names):
            continue
        before = sentence[max(0, match.start() - 60) : match.start()]
        start, lead = _lead(before, 0, len(before), grammar)
        follows = bool(likely or names) and _follows_name(sentence, match.start(), [*names, *likely], grammar)
        if not lead and not follows:
            continue
        written = match[0].removesuffix("'s").removesuffix("’s")
        gap = before[start + len(lead) :]
        article = bool(re.search(r"\b(?:the|la|el|le|les|der|dem|die|das)\b", gap, re.IGNORECASE))
        if sum(map(str.isupper, gap)) or len(gap.split()) > _ARTICLE_WORDS:
            continue
        if (
            _NO_OUTLET.search(written)
            and not _IS_MEDIUM.search(written)
            and not _IS_GATHERING.search(written)
        ):
            continue
        end = match.start() + len(written)
        name = Name(
            match.start(), end, written, has_article=article, owns=bool(_POSSESSIVE.match(sentence, end))
        )
        likely.append(replace(name, is_linked=_is_linked(name, linked)))
    return likely


def _follows_name(sentence: str, start: int, names: Sequence[Name], grammar: Grammar) -> bool:
    return any(name.end < start and _joins(sentence[name.end : start], grammar) for name in names)


def _joins(between: str, grammar: Grammar) -> bool:
    if len(between) > _JOINT or ";" in between:
        return False
    if match := _BETWEEN.match(between):
        between = between[match.end() :]
    joint = grammar.and_.match(between)
    return bool(joint) and bool(_DETERMINERS.fullmatch(between[joint.end() :])) if joint else False


def _lead(sentence: str, after: int, before: int, grammar: Grammar) -> tuple[int, str]:
    """Return where the word stands that leads to the name at `before`, and the word; "" if none does."""
    floor = max(after, before - 80)
    stretch = sentence[floor:before]
    unnamed = _UNNAMED.search(stretch)
    if unnamed and grammar.leads.fullmatch(unnamed["lead"]):
        return before, unnamed["lead"].lower()
    for match in reversed(list(grammar.leads.finditer(stretch))):
        gap = stretch[match.end() :].strip()
        if gap and not _is_gap(gap, grammar):
            break
        lead = match[0].lower()
        return floor + match.start(), lead
    return before, ""


def _is_gap(gap: str, grammar: Grammar) -> bool:
    words = re.findall(r"\S+", gap)
    return len(words) <= _GAP_WORDS and all(grammar.articles.fullmatch(word) for word in words)
