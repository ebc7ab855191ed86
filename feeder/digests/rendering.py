"""The words of an issue: rendered once for all readers who get the same, then addressed to each."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from feeder.digests import budget
from feeder.model.deliveries import WELCOME
from feeder.model.digests import Depth, Mark, Part, Recipe, Rendered, Unit
from feeder.model.items import Item, Kind
from feeder.model.subscribers import Form, Preferences
from feeder.templating import Templates, source_of
from feeder.templating.speech import Speech, marked

_READER_BYTES = 1_000
"""What one reader's own words and links may add to the HTML."""

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
    """What an issue is to be rendered from, and the language (a tag) of the words around it."""

    recipe: Recipe
    period: str
    form: Form
    items: Sequence[Item]
    language: str


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses in a mail that are one reader's own."""

    unsubscribe: str
    preferences: str


def key(issue: Issue, templates: str) -> str:
    """Return what tells contents apart: the recipe, the items as they are now, form, language and templates."""
    parts = [
        issue.recipe.name,
        issue.recipe.title,
        issue.recipe.template,
        issue.period,
        issue.form,
        issue.language,
        [[item.id, item.fingerprint, item.posted.isoformat()] for item in issue.items],
        templates,
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def render(issue: Issue, templates: Templates) -> Rendered:
    """Render subject, plain text and HTML of an issue in its language, the HTML within the budget."""
    templates = templates.into(issue.language)
    folder = f"mail/{issue.recipe.template}"
    words = {
        "recipe": issue.recipe,
        # An instant issue is called after an arrival, which says nothing to readers.
        "period": "" if issue.recipe.unit is Unit.INSTANT else issue.period,
        "welcome": issue.period.startswith(WELCOME),
        **{mark.name.lower(): mark.value for mark in Mark},
        "dates": lambda item: _dates(item, templates.speech),
        "link": lambda item: item.url or templates.address(item.path),
        "picture_src": lambda picture: source_of(picture, templates),
        "more_address": templates.address(""),
    }

    @cache
    def size(part: Part) -> int:
        return len(templates.render(f"{folder}/item.html.jinja", part=part, **words).encode())

    def written(name: str, parts: Sequence[Part]) -> str:
        return templates.render(
            f"{folder}/{name}.jinja",
            pieces=[part for part in parts if part.item.kind is Kind.PIECE],
            appearances=[part for part in parts if part.item.kind is Kind.APPEARANCE],
            more=len(issue.items) - len(parts),
            **words,
        )

    most = budget.MAX_HTML_BYTES - _READER_BYTES
    room = most - len(written("body.html", ()).encode())
    parts = budget.fit(issue.items, Depth(issue.form.value), size, room)
    html_part = written("body.html", parts)
    # Headings and the word of what is left out come with the parts; they take their room from them.
    while parts and (over := len(html_part.encode()) - most) > 0:
        room -= over
        parts = budget.fit(issue.items, Depth(issue.form.value), size, room)
        html_part = written("body.html", parts)
    subject = " ".join(written("subject.txt", parts).split())
    return Rendered(subject, written("body.txt", parts), html_part)


def address(rendered: Rendered, why: str, links: Links) -> Rendered:
    """Put one reader's own words and links into an issue."""
    own = {Mark.WHY: why, Mark.UNSUBSCRIBE: links.unsubscribe, Mark.PREFERENCES: links.preferences}
    plain, marked_up = rendered.text, rendered.html
    for mark, words in own.items():
        plain = plain.replace(mark, words)
        marked_up = marked_up.replace(mark, html.escape(words))
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
