"""What templates are compiled to: once in a process, whatever language they speak, and whichever site they serve.

Compiling takes ten times as long as rendering.
"""

from collections.abc import Callable
from functools import cache, wraps
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, pass_context
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """The code of each template file, as it was when it was last read.

    A sandbox writes other code than an environment without one.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[type[Environment], str], tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code, unless the file has changed since it was compiled."""
        source, code = self._codes.get((type(bucket.environment), bucket.key), ("", None))
        if source == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        if bucket.code is not None:
            self._codes[type(bucket.environment), bucket.key] = (bucket.checksum, bucket.code)


@cache
def in_this_process() -> Compiled:
    """Return what all environments share."""
    return Compiled()


def late(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Make a filter of one language: it works when a template is rendered, never when it is compiled.

    Jinja would write what it makes of a constant into the code.
    """

    @pass_context
    @wraps(filter_)
    def work(_: object, *values: Any, **named: Any) -> Any:
        return filter_(*values, **named)

    return work
