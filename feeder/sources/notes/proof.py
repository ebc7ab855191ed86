"""Proof that a head speaks of the author: nobody else spoke, and it is no one else's interview."""

import re

from feeder.model.appearances import Role
from feeder.sources.notes.grammar import NAME, Proof, Side
from feeder.sources.notes.sentence import Found, Sentence

_NOT_MINE = re.compile(
    r"(?:\b(?:his|her|their|its|whose|the|this|that|any|every|no|such|das|der|die|dem|des|eines"
    r"|le|son|sa|leur|cet|cette|su|sus)|['’]s)(?: [\w-]+){0,2} $",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|our|mine|did|gave|had|recorded|deliver(?:ed)?|delivering|give|giving|do|doing|done"
    r"|contributed|provided|offered|shared|made|took|held|record|tape|film|give|pre-record|mein\w*"
    r"|unser\w*|gab|hatte|mon|ma|mes"
    r"|notre|mi|mis|nuestra|di|tuve|concedí)\b(?:[^,;]*)$",
    re.IGNORECASE,
)
_AFTER_ONE = re.compile(
    r"\b(?:after|following|follows|from|based on|since|during|in) (?:an?|my|another)(?: [\w-]+){0,2} $",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:a|an|one|another|my|our|some|two|three|few|several|more|new|ein|eine|einen|einem|mein\w*"
    r"|weiteres|weiterer|un|une|mon|ma|mes|una|mi|mis|otra|dos)(?: [\w\ue000\ue001'’-]+){0,3} ?$",
    re.IGNORECASE,
)
_OWN_WORK = re.compile(
    r"\b(?:my|our|meine?|unsere?|mes|nos|mon|ma|notre|mis?|nuestr[oa]s?) \w+", re.IGNORECASE
)
_THE = re.compile(r"^\W*(?:the|this|our|my|another)\b", re.IGNORECASE)
_BY_ME = re.compile(r"(?: that| which)? (?:I|we|ich|que j['’]ai|que di)\b")
_WITH = re.compile(r" (?:with|for|mit|für|avec|con)\b")
_PHRASE = re.compile(
    r"(?:^| )(?:my|our|an?|the|meine?\w*|eine?\w*|mon|ma|mes|une?|mi"
    r"|mis)(?: [\w-]+){0,2} $",
    re.IGNORECASE,
)
# "In the midst of all this", "there was also time to": what opens a clause whose subject nobody names.
_OPENER = re.compile(
    r"^ ?(?:(?i:and|also|then|but),? )*(?i:in|on|over|during|after|before|at|from|for|since|around"
    r"|between|beyond"
    r"|besides|alongside|outside|throughout|amid|amidst|aside from|apart from|on top of)"
    r"(?: (?!I\b|to\b)[a-z\d][\w'’-]*){1,6}(?= )"
)
_INFINITIVE = re.compile(
    r"\W*\w+(?: (?!for\b)(?:I|[a-z][\w'’-]*,?))* to (?:\w+ly |also )?|\W*to (?:\w+ly |also )?"
)
_PERSON = re.compile(r"(?:(?:my|our) (?:\w+ ){1,3})?[A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){1,3}")
_POINTS = re.compile(
    r"\W*(?:(?:here|is|are|see|listen to|watch|hear|find|and|also|link to|for),? )+the (?:full "
    r"|whole |longer |complete )?",
    re.IGNORECASE,
)
# "habe mit X gesprochen und wurde von Y zitiert": the subject is that of the clause before.
_GOES_ON = re.compile(
    r" ?,? ?(?:und|sowie|dann|außerdem) (?:\w+ )?(?:wurde|werde|war|habe|bin|konnte"
    r"|durfte)\b(?! (?:er|sie|es)\b)"
)
# "Last night's debate": a time owns nothing.
_WHEN = re.compile(
    r"\b(?:last|this|next) (?:night|week|month|year|evening|weekend|\w+day)['’]s|\b(?:yesterday|today"
    r"|tonight|\w+day)['’]s",
    re.IGNORECASE,
)
# "for their piece": no one who could be the subject of what follows.
_SAT = re.compile(r"\b(?:sat|sit|was|am|were|been|be|spoke|speaking|appeared|appear|participated) on $")
_OWNER = re.compile(r"\b(?:for|to|with|on|of|in|about|by|from) (?:his|her|their)$", re.IGNORECASE)
# "X has a long piece": not a piece of the author's.
_HAS = re.compile(rf"{NAME} (?:\w+ )?(?:has|have|had|ran|runs|did|carries|carried)\b")
_WITH_SOMEBODY = re.compile(
    r" (?P<how>with|of|mit|von|de|des|du|del|avec|con)(?: (?:the|dem|der|den|la|le|el"
    r"|l['’]))? (?P<who>\w+)",
    re.IGNORECASE,
)


def is_proven(sentence: Sentence, found: Found, floor: int) -> bool:
    """Tell whether a head tells of the author. `floor` is where the last head before it ends."""
    match found.head.proof:
        case Proof.VERB:
            return _has_no_other_subject(sentence, found, floor)
        case Proof.NOUN:
            return _is_new(sentence, found, floor)
        case Proof.WORK:
            end = found.start or len(sentence.text)
            speaks_of_it = sentence.grammar.work.search(sentence.text, 0, end)
            goes_on = sentence.after_work and _is_bare(sentence, _gap(sentence, found, floor))
            return bool(speaks_of_it) or goes_on
        case Proof.NONE:
            return True


def _has_no_other_subject(sentence: Sentence, found: Found, floor: int) -> bool:
    grammar, before = sentence.grammar, sentence.text[floor : found.start]
    if grammar.myself.search(sentence.text, found.start, found.end):
        return True
    if found.head.side is Side.BOTH:
        return _is_mine_at_end(sentence, before)
    gap = _gap(sentence, found, floor)
    clause = _gap(sentence, found, 0)
    if grammar.others.search(clause) and not grammar.myself.search(clause) and not _OWN_WORK.search(clause):
        return False
    if not grammar.myself.search(gap) and _has_named_subject(sentence, found):
        return False
    if found.head.role is Role.QUOTED:
        # A text of the author's may be quoted as well.
        if _OWN_WORK.search(clause) and not grammar.others.search(clause):
            return True
        gap = grammar.work.sub(" ", _THE.sub("", gap))
    return _is_mine(sentence, gap, before)


def _gap(sentence: Sentence, found: Found, floor: int) -> str:
    """Return what stands between the beginning of the clause and its head."""
    boundaries = sentence.boundaries(floor, found.start)
    return sentence.text[boundaries[-1][1] if boundaries else floor : found.start]


def _has_named_subject(sentence: Sentence, found: Found) -> bool:
    """Tell whether a person's name stands before an aside: "Max Roe, meanwhile, spoke to X"."""
    # A comma counts once, with or without the space after it.
    parted = list(dict(sentence.boundaries(0, found.start)).items())
    commas = [sentence.text[start:end].strip() for start, end in parted[-2:]]
    begin = parted[-3][1] if len(parted) > len(commas) else 0
    return commas == [",", ","] and bool(_PERSON.fullmatch(sentence.text[begin : parted[-2][0]].strip()))


def _is_mine(sentence: Sentence, gap: str, before: str) -> bool:
    """Tell whether nobody else is the subject of a verb."""
    if mine := list(sentence.grammar.myself.finditer(gap)):
        return not sentence.grammar.others.search(gap[mine[-1].end() :])
    others = [
        each for each in sentence.grammar.others.finditer(before) if not _OWNER.search(before, 0, each.end())
    ]
    mine = list(sentence.grammar.myself.finditer(before))
    if others and (not mine or mine[-1].start() < others[-1].start()):
        return False
    return _is_bare(sentence, gap) or bool(_INFINITIVE.fullmatch(gap))


def _is_mine_at_end(sentence: Sentence, before: str) -> bool:
    """Tell the same of a verb that may end its clause, far from its subject."""
    if _GOES_ON.match(before):
        return True
    mine = [match.start() for match in sentence.grammar.myself.finditer(before)]
    others = [match.start() for match in sentence.grammar.others.finditer(before)]
    if mine or others:
        return max(mine, default=-1) > max(others, default=-1)
    return not re.search(r"\b(?:hat|haben|hatten?|wurden?|ist|sind)\b", before)


def _is_bare(sentence: Sentence, gap: str) -> bool:
    """Tell whether there are only adverbs and openers in a gap, so that its subject is left out."""
    gap = _OPENER.sub(" ", gap)
    without_names = re.sub(
        rf"(?:{sentence.grammar.leads.pattern} )?(?:\w+ )?{NAME}", " ", gap, flags=re.IGNORECASE
    )
    rest = re.sub(rf"\b{sentence.grammar.adverbs.pattern}\b", " ", without_names, flags=re.IGNORECASE)
    return not re.search(r"\w", rest)


def _is_new(sentence: Sentence, found: Found, floor: int) -> bool:
    """Tell whether a noun is the author's own: new in the sentence, and not with somebody else."""
    gap = _gap(sentence, found, floor)
    if _BY_ME.match(sentence.text, found.end):
        return True
    gap = _WHEN.sub("a", gap)
    if found.head.role is None and _HAS.search(gap):
        return False
    if floor and _is_topic(sentence, gap):
        return False
    if _AFTER_ONE.search(gap) and _leads_to_outlet(sentence, found):
        return True
    is_own = bool(_OWN.search(gap))
    is_foreign = found.head.role is Role.INTERVIEWED and not is_own and _is_with_somebody(sentence, found)
    if is_foreign or sentence.grammar.others.search(gap):
        return False
    return is_own or _is_indefinite(sentence, found, gap)


def _is_indefinite(sentence: Sentence, found: Found, gap: str) -> bool:
    """Tell whether a noun is neither somebody's nor known: "a short chat", "the interview with X is here"."""
    has_me = bool(sentence.grammar.myself.search(gap))
    if _NOT_MINE.search(gap):
        is_owned = re.search(r"['’]s (?:[\w-]+ ){0,2}$", gap)
        opens = (
            not is_owned
            and (found.start <= len(gap) or _POINTS.fullmatch(gap))
            and _WITH.match(sentence.text, found.end)
        )
        is_launch = "launch" in sentence.text[found.start : found.end].lower()
        return bool(opens) or (found.head.role is Role.TALK and (has_me or is_launch))
    new = _NEW.search(gap)
    return has_me or _is_bare(sentence, gap[: new.start()] if new else gap)


def _leads_to_outlet(sentence: Sentence, found: Found) -> bool:
    return any(0 <= each.start - found.end <= 1 for each in sentence.lists if each.names[0].known)


def _is_topic(sentence: Sentence, gap: str) -> bool:
    """Tell whether what a gap leads to is what somebody spoke about: "about my interview"."""
    phrase = _PHRASE.search(gap)
    before = gap[: phrase.start() + 1] if phrase else ""
    if _SAT.search(before):
        return False
    return bool(before) and any(
        match.end() >= len(before) - 1 for match in sentence.grammar.topics.finditer(before + " ")
    )


def _is_with_somebody(sentence: Sentence, found: Found) -> bool:
    """Tell whether a conversation is with a person: "interview with the Chancellor in X"."""
    stretch = sentence.text[found.end : found.end + 80]
    clause = re.split(r"[,;.]", stretch)[0]
    likely = [each for each in sentence.lists if any(name.known or name.is_medium for name in each.names)]
    leads = {place for listed in likely for place in (listed.start, listed.first)}
    for match in _WITH_SOMEBODY.finditer(clause):
        at, who = found.end + match.start() + 1, found.end + match.start("who")
        if at in leads or who in leads or re.match(NAME, sentence.text[who:]):
            continue
        is_with = match["how"].lower() in {"with", "mit", "avec", "con"}
        return match.start() == 0 or (is_with and match["who"][0].isupper())
    return False
