"""Words that stand in a template as they are, and so would be English in every language."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from jinja2 import Environment, nodes

_PRINTED = "\x1a"
"""Stands for whatever is printed: no template holds it."""

_SPOKEN = {"alt", "aria-label", "placeholder", "title"}
"""Attributes that people read or hear."""

_SILENT = {"script", "style"}

_ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')
"""One that is put together before its element."""

_WORD = re.compile(r"[^\W\d_]{2}")

_JINJA = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"])


def bare(name: str, source: str) -> list[str]:
    """Return what a template says outside {% trans %} and `_()`: its texts, and strings that it prints or keeps."""
    tree = _JINJA.parse(source)
    text = "".join(_text(tree))
    texts = heard(text) if name.endswith("html.jinja") else text.split("\n")
    parts = [part.strip() for each in texts for part in each.split(_PRINTED)]
    return [part for part in [*parts, *_strings(tree)] if _WORD.search(part)]


def _text(node: nodes.Node) -> Iterator[str]:
    """Tell the text of a template, in order, with a mark for whatever it prints."""
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else _PRINTED
    else:
        for child in node.iter_child_nodes():
            yield from _text(child)
        if isinstance(node, (nodes.Block, nodes.Macro)):
            yield _PRINTED


def _strings(tree: nodes.Template) -> Iterator[str]:
    """Tell the strings that may be printed, as far as they stand where they are printed or given a name."""
    for output in tree.find_all(nodes.Output):
        yield from _values(*output.nodes)
    for assignment in tree.find_all(nodes.Assign):
        yield from _values(assignment.node)
    for block in tree.find_all(nodes.With):
        yield from _values(*block.values)


def _values(*expressions: nodes.Node) -> Iterator[str]:
    """Tell the strings that an expression may turn into: what is compared or given to a function is none."""
    for expression in expressions:
        match expression:
            case nodes.Const(value=str(value)):
                yield value
            case nodes.CondExpr(expr1=one, expr2=other):
                yield from _values(*filter(None, [one, other]))
            case nodes.BinExpr(left=one, right=other):
                yield from _values(one, other)
            case nodes.Concat(nodes=parts) | nodes.List(items=parts):
                yield from _values(*parts)
            case nodes.Dict(items=pairs):
                yield from _values(*(pair.value for pair in pairs))
            case (
                nodes.Filter(node=inner)
                | nodes.Getitem(node=inner)
                | nodes.Call(node=nodes.Getattr(node=inner))
            ):
                yield from _values(*filter(None, [inner]))


def heard(html: str) -> Sequence[str]:
    """Return what people read and hear of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.heard


class _Reader(HTMLParser):
    """Reads what people read and hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._is_silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_silent = tag in _SILENT
        self.heard += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._is_silent = False

    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self.heard.append(_ATTRIBUTE.sub(_PRINTED, data))
