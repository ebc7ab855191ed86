"""What {% trans %} and `_()` call: a text in the language that is spoken, with values in it.

Jinja's own functions do the same in three times the time, and every item of every page calls them.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from feeder.templating.speech import Speech

_TEXTS = 1024
"""How many texts are kept ready: all that the templates of a site say."""


def functions(speech: Speech) -> dict[str, Callable[..., str]]:
    """Return the functions by the names that templates know them by. What is put into HTML is escaped."""

    @lru_cache(_TEXTS)
    def plain(message: str, is_html: bool) -> str:
        return _filled(speech.gettext(message), {}, is_html)

    @pass_eval_context
    def gettext(context: EvalContext, message: str, /, **values: object) -> str:
        if not values:
            return plain(message, context.autoescape)
        return _filled(speech.gettext(message), values, context.autoescape)

    @pass_eval_context
    def ngettext(context: EvalContext, singular: str, plural: str, number: int, /, **values: object) -> str:
        values.setdefault("num", number)
        return _filled(speech.ngettext(singular, plural, number), values, context.autoescape)

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def _filled(text: str, values: Mapping[str, object], is_html: bool) -> str:
    if is_html:
        return Markup(text % {name: escape(value) for name, value in values.items()})  # noqa: S704
    return text % values
