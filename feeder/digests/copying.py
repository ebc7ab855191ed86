"""An issue for whoever comes by it: without what is its reader's own. Pure."""

import html
import re

from feeder.model.digests import Mark

_GONE = "\ufdd0gone\ufdd1"

_OWN_LINK = re.compile(
    rf"""<a\b[^<>]*\bhref\s*=\s*["']?(?:{Mark.UNSUBSCRIBE}|{Mark.PREFERENCES})["']?[^<>]*>.*?</a\s*>""",
    re.DOTALL | re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    rf"<p\b[^<>]*>(?:\s|·|\||,|&nbsp;|\xa0)*(?:{_GONE}(?:\s|·|\||,|&nbsp;|\xa0)*)+</p\s*>"
)


def without_reader(page: str, why: str, rest: str) -> str:
    """Return the HTML of an issue as everybody may have it, since mail is passed on.

    `why` stands in place of the reason for which the reader got it. The links by which a reader leaves
    or chooses are taken out, with a paragraph that holds nothing else. `rest` is the address at which
    all of the issue stands.
    """
    page = _NOTHING_ELSE.sub("", _OWN_LINK.sub(_GONE, page))
    words = {Mark.WHY: html.escape(why), Mark.COPY: html.escape(rest), _GONE: ""}
    for mark in (*Mark, _GONE):
        page = page.replace(mark, words.get(mark, ""))
    return page
