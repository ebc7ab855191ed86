"""Styles of mail, put on the elements that they are for: many mail programs drop what stands in <style>."""

import css_inline

# Without the network, and with what no attribute can hold, such as media queries, left in <style>.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True)


def inlined(page: str) -> str:
    """Return an HTML page with each rule of its <style> on the elements that it is for; at-rules stay.

    What an element says in its own `style` comes first. Rules that nobody can read go, and so do links
    to style sheets.
    """
    return _INLINER.inline(page)
