"""The words of an issue: rendered once for all readers who get the same, then addressed to each."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

from feeder.digests import budget
from feeder.model.deliveries import WELCOME
from feeder.model.digests import Depth, Part, Recipe, Rendered
from feeder.model.items import Item, Kind
from feeder.model.subscribers import Form, Preferences
from feeder.templating import Templates, source_of

# Noncharacters stand where the reader's own words belong: no scrubbed text can hold one.
_WHY = "\ufdd0why\ufdd1"
_UNSUBSCRIBE = "\ufdd0unsubscribe\ufdd1"

_READER_BYTES = 1_000
"""What one reader's own words and links may add to the HTML."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What an issue is to be rendered from."""

    recipe: Recipe
    period: str
    form: Form
    items: Sequence[Item]


def key(issue: Issue, templates: str) -> str:
    """Return what tells contents apart: the recipe, the items as they are now, form and templates."""
    parts = [
        issue.recipe.name,
        issue.recipe.title,
        issue.recipe.template,
        issue.period,
        issue.form,
        [[item.id, item.fingerprint, item.posted.isoformat()] for item in issue.items],
        templates,
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def render(issue: Issue, templates: Templates) -> Rendered:
    """Render subject, plain text and HTML of an issue, the HTML within the budget."""
    folder = f"mail/{issue.recipe.template}"
    words = {
        "recipe": issue.recipe,
        "period": issue.period,
        "welcome": issue.period.startswith(WELCOME),
        "why": _WHY,
        "unsubscribe": _UNSUBSCRIBE,
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


def address(rendered: Rendered, why: str, unsubscribe: str) -> Rendered:
    """Put one reader's own words and links into an issue."""
    return Rendered(
        rendered.subject,
        rendered.text.replace(_WHY, why).replace(_UNSUBSCRIBE, unsubscribe),
        rendered.html.replace(_WHY, html.escape(why)).replace(_UNSUBSCRIBE, html.escape(unsubscribe)),
    )


def why(recipe: Recipe, preferences: Preferences, reason: str, names: Mapping[str, str]) -> str:
    """Say why a reader gets an issue, in one sentence. `names` are the tags' names by their slugs."""
    kinds = " and ".join(f"{kind}s" for kind in preferences.kinds)
    about = f" about {_listed(preferences.any_tags, names)}" if preferences.any_tags else ""
    but = f", none about {_listed(preferences.no_tags, names)}" if preferences.no_tags else ""
    return f"You get the {recipe.title.lower()} with {kinds}{about}{but}, because {reason}."


def _listed(slugs: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(f"“{names.get(slug, slug)}”" for slug in slugs)
