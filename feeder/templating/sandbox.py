"""The sandbox for templates of users: what they reach is harmless, and what they take has an end.

Limits are counted, not timed, so that a template either works everywhere or nowhere.
"""

import threading
from collections.abc import Mapping
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_ROUNDS = 1_000_000
"""How many times all loops of one page or mail may go round together."""

MAX_CHARACTERS = 20_000_000
"""How long one page or mail may be."""

MAX_PRODUCT = 1_000_000
"""How long a text or a list may become by multiplication, and how large a power."""


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates neither reach, nor change, nor take more than they need."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rounds = threading.local()

    def write(self, template: Template, context: Mapping[str, object]) -> str:
        """Render a template within the limits.

        Raises: SecurityError, where it goes beyond them; and whatever a template raises.
        """
        self._rounds.left = MAX_ROUNDS
        parts, room = [], MAX_CHARACTERS
        for part in template.generate(context):
            room -= len(part)
            if room < 0:
                raise SecurityError(f"it writes more than {MAX_CHARACTERS:,} characters")
            parts.append(part)
        return "".join(parts)

    def count(self) -> None:
        """Count one round of a loop. Each loop of a template begins with this."""
        self._rounds.left -= 1
        if self._rounds.left < 0:
            raise SecurityError(f"its loops go round more than {MAX_ROUNDS:,} times")

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
            counting = nodes.ExprStmt(nodes.Call(nodes.EnvironmentAttribute("count"), [], [], None, None))
            loop.body.insert(0, counting.set_lineno(loop.lineno).set_environment(self))
        return template
