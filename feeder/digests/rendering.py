"""The words of an issue: rendered once for all readers who get the same, then addressed to each."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import blake2b
from html import escape

from feeder.digests import arranging, budget, pictures
from feeder.markup import embedding, html, styling
from feeder.model.deliveries import WELCOME
from feeder.model.digests import Depth, Mark, Part, Recipe, Rendered, Unit
from feeder.model.items import Item, Kind
from feeder.model.subscribers import Form, Preferences
from feeder.templating import Markup, Templates, source_of
from feeder.templating.speech import Speech, marked

_READER_BYTES = 1_000
"""What one reader's own words and links may add to the HTML."""

_MOST_BYTES = budget.MAX_HTML_BYTES - _READER_BYTES

_WORDS_CHARACTERS = 3_000
"""How much is shown of an author's words that would take half of an issue."""

_FOLDER = "mail/digest"

COMMON = "digest"
"""The template of digests that want no theme: what all themes build on."""

# Why a reader gets an issue: whether they named subjects, and whether they named some that they do not want.
_SENTENCES = {
    (False, False): marked("You get %(digest)s with %(kinds)s, because %(reason)s."),
    (True, False): marked("You get %(digest)s with %(kinds)s about %(tags)s, because %(reason)s."),
    (False, True): marked("You get %(digest)s with %(kinds)s, none about %(others)s, because %(reason)s."),
    (True, True): marked(
        "You get %(digest)s with %(kinds)s about %(tags)s, none about %(others)s, because %(reason)s."
    ),
}

# What a sentence calls the digests that every site has. Others have names of their own.
_DIGESTS = {
    marked("Weekly digest"): marked("the weekly digest"),
    marked("Daily digest"): marked("the daily digest"),
    marked("Monthly digest"): marked("the monthly digest"),
    marked("Instant digest"): marked("the instant digest"),
}

_KINDS: Mapping[tuple[Kind, ...], str] = {
    (Kind.PIECE,): marked("pieces"),
    (Kind.APPEARANCE,): marked("appearances"),
}
_BOTH_KINDS = marked("pieces and appearances")

# The reasons that feeder gives; a person may give another.
_REASONS = (marked("you asked us to add you"), marked("you signed up for it"))

# When an item appeared, and when it was posted on that day, too.
_APPEARED = (marked("appeared %(day)s"), marked("appeared and posted %(day)s"))
_PRINTED = (marked("printed %(day)s"), marked("printed and posted %(day)s"))
_PUBLISHED = (marked("published %(day)s"), marked("published and posted %(day)s"))


@dataclass(frozen=True, slots=True)
class Issue:
    """What an issue is to be rendered from, and the language (a tag) of the words around it.

    `words` are the author's own for this issue, as scrubbed HTML, or empty.
    `corrections` are items that were corrected after readers got them, newest first.
    """

    recipe: Recipe
    period: str
    form: Form
    items: Sequence[Item]
    language: str
    words: str = ""
    corrections: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses in a mail that are one reader's own; at `rest` stands what it has no room for."""

    unsubscribe: str
    preferences: str
    rest: str


def key(issue: Issue, templates: str) -> str:
    """Return what tells contents apart: recipe, items as they are now, words, form, language and templates."""
    parts = [
        issue.recipe.name,
        issue.recipe.title,
        issue.recipe.template,
        issue.period,
        issue.form,
        issue.language,
        [_said_of(item) for item in issue.items],
        issue.words,
        [_said_of(item) for item in issue.corrections],
        templates,
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _said_of(item: Item) -> str:
    """Return all that is known of an item but its number; its fingerprint tells nothing of what was edited by hand."""
    return repr(replace(item, number=None))


def render(issue: Issue, templates: Templates) -> Rendered:
    """Render subject, plain text and HTML of an issue in its language, the HTML within the budget.

    Raises: ConfigurationError, for templates that fail.
    """
    templates = templates.into(issue.language)
    count = len(issue.items) + len(issue.corrections)

    def written(name: str, shown: Issue, parts: Sequence[Part]) -> str:
        more = count - len(parts) - len(shown.corrections)
        return templates.render(*_names(name, shown), **_context(shown, parts, more, templates))

    def page(shown: Issue, parts: Sequence[Part]) -> str:
        return styling.inlined(written("body.html", shown, parts))

    issue = _with_room(issue, lambda shown: len(page(shown, ()).encode()) <= _MOST_BYTES // 2)
    page_of = cache(lambda parts: page(issue, parts))
    depth = Depth(issue.form.value)
    parts = budget.fit(issue.items, depth, lambda parts: len(page_of(tuple(parts)).encode()) <= _MOST_BYTES)
    subject = " ".join(written("subject.txt", issue, parts).split())
    return Rendered(subject, written("body.txt", issue, parts), page_of(tuple(parts)))


def address(rendered: Rendered, why: str, links: Links) -> Rendered:
    """Put one reader's own words and links into an issue."""
    own = {
        Mark.WHY: why,
        Mark.UNSUBSCRIBE: links.unsubscribe,
        Mark.PREFERENCES: links.preferences,
        Mark.COPY: links.rest,
    }
    plain, marked_up = rendered.text, rendered.html
    for mark, words in own.items():
        plain = plain.replace(mark, words)
        marked_up = marked_up.replace(mark, escape(words))
    return Rendered(rendered.subject, plain, marked_up)


def why(
    recipe: Recipe, preferences: Preferences, reason: str, names: Mapping[str, str], speech: Speech
) -> str:
    """Say why a reader gets an issue, in one sentence. `names` are the tags' names by their slugs."""
    tags, others = preferences.any_tags, preferences.no_tags
    digest = _DIGESTS.get(recipe.title)
    return speech.say(
        _SENTENCES[bool(tags), bool(others)],
        digest=speech.gettext(digest) if digest else _quoted(recipe.title, speech),
        kinds=speech.gettext(_KINDS.get(preferences.kinds, _BOTH_KINDS)),
        tags=_listed(tags, names, speech),
        others=_listed(others, names, speech),
        reason=speech.gettext(reason),
    )


def _names(name: str, issue: Issue) -> list[str]:
    """Return the templates that an issue may be made from, the first that there is: its theme's, or the common one.

    Its look is the theme's own, so that one whose name is wrong does not look like another.
    """
    if issue.recipe.template == COMMON:
        return [f"{_FOLDER}/{name}.jinja"]
    own = f"{_FOLDER}/{issue.recipe.template}/{name}.jinja"
    return [own] if name == "body.html" else [own, f"{_FOLDER}/{name}.jinja"]


def _context(issue: Issue, parts: Sequence[Part], more: int, templates: Templates) -> dict[str, object]:
    """Return what the templates of an issue are given; `mail/digest/body.html.jinja` tells what each is."""
    speech = templates.speech
    source = partial(source_of, templates=templates)
    layout = arranging.arranged(parts, lambda item: speech.month(item.posted))
    return {
        "recipe": issue.recipe,
        # An instant issue is called after an arrival, which says nothing to readers.
        "period": "" if issue.recipe.unit is Unit.INSTANT else issue.period,
        "welcome": issue.period.startswith(WELCOME),
        **{mark.name.lower(): mark.value for mark in Mark},
        "words": issue.words,
        "parts": parts,
        "pieces": layout.pieces,
        "months": layout.months,
        "corrections": issue.corrections,
        "more": more,
        "item_templates": _names("item.html", issue),
        "dates": lambda item: _dates(item, speech),
        "link": lambda item: item.url or templates.address(item.path),
        "picture_src": source,
        "picture_size": pictures.shown_at,
        "embedded": lambda html, level, shown=(): Markup(
            embedding.embedded(pictures.fitted(html, shown, source), level)
        ),
        "more_address": Mark.COPY.value,
    }


def _with_room(issue: Issue, leaves_room: Callable[[Issue], bool]) -> Issue:
    """Return an issue whose words and corrections leave room for items: shortened, or fewer, where they do not."""
    if not (issue.words or issue.corrections) or leaves_room(issue):
        return issue
    words = escape(html.beginning(issue.words, _WORDS_CHARACTERS))
    issue = replace(issue, words=words and f"<p>{words}</p>")
    while issue.corrections and not leaves_room(issue):
        issue = replace(issue, corrections=issue.corrections[:-1])
    return issue


def _dates(item: Item, speech: Speech) -> list[str]:
    """Say when an item appeared and when it was posted: in one, where that was the same day."""
    posted = speech.day(item.posted)
    if item.published is None:
        return [speech.say("posted %(day)s", day=posted)]
    appeared, same_day = _APPEARED
    if item.kind is Kind.PIECE:
        appeared, same_day = _PRINTED if item.outlet else _PUBLISHED
    published = speech.day(item.published)
    if published == posted:
        return [speech.say(same_day, day=posted)]
    return [speech.say(appeared, day=published), speech.say("posted %(day)s", day=posted)]


def _listed(slugs: Sequence[str], names: Mapping[str, str], speech: Speech) -> str:
    return speech.say(", ").join(_quoted(names.get(slug, slug), speech) for slug in slugs)


def _quoted(name: str, speech: Speech) -> str:
    return speech.say("“%(name)s”", name=name)
