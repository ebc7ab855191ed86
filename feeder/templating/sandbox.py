"""The sandbox for templates of users: what they reach is harmless, and what they take has an end.

Limits are counted, not timed, so that a template either works everywhere or nowhere.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_STEPS = 1_000_000
"""How many rounds of loops one page or mail may take; calls of functions count, too."""

MAX_CHARACTERS = 20_000_000
"""How long one page or mail may be."""

MAX_PRODUCT = 1_000_000
"""How long a text or a list may become by multiplication, and how large a power."""

_CALL = 4
"""How many steps a call counts for: it takes as long as some rounds of a loop."""

_COUNTED = "counted"
"""The filter through which all loops go."""


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates neither reach, nor change, nor take more than they need."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters[_COUNTED] = self._counted
        self._steps = threading.local()

    def write(self, template: Template, context: Mapping[str, object]) -> str:
        """Render a template within the limits.

        Raises: SecurityError, where it goes beyond them; and whatever a template raises.
        """
        self._steps.left = MAX_STEPS
        parts, room = [], MAX_CHARACTERS
        for part in template.generate(context):
            room -= len(part)
            if room < 0:
                raise SecurityError(f"it writes more than {MAX_CHARACTERS:,} characters")
            parts.append(part)
        return "".join(parts)

    def call(self, context: Context, called: Any, /, *values: Any, **named: Any) -> Any:
        """Call a function or macro, and count."""
        self._count(_CALL)
        return super().call(context, called, *values, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply, if the product is not too long."""
        if operator == "**" and not (abs(left) <= MAX_PRODUCT and abs(right) <= 9):  # noqa: PLR2004
            raise SecurityError(f"{left!r} ** {right!r} is too large")
        for one, other in ((left, right), (right, left)):
            if isinstance(one, int) and hasattr(other, "__len__") and one * len(other) > MAX_PRODUCT:
                raise SecurityError(f"multiplied by {one:,}, a text or list is too long")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for loop in template.find_all(nodes.For):
            if loop.recursive:
                raise TemplateSyntaxError(
                    "recursive loops have no limit; use a macro", loop.lineno, name, filename
                )
            counted = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
            loop.iter = counted.set_environment(self)
        return template

    def _counted(self, things: Iterable[object]) -> Iterator[object]:
        """Tell what a loop goes through, and count."""
        for thing in things:
            self._count(1)
            yield thing

    def _count(self, steps: int) -> None:
        self._steps.left -= steps
        if self._steps.left < 0:
            raise SecurityError(f"it takes more than {MAX_STEPS:,} rounds and calls")
