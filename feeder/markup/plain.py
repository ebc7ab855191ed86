"""Values of the model as JSON shapes."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from feeder.errors import FeederError
from feeder.markup import dates


def plain(value: Any) -> Any:
    """Return a value as dictionaries, lists, text, numbers and None."""
    match value:
        case Enum():
            shape = value.value
        case None | bool() | int() | float() | str():
            shape = value
        case datetime() | date():
            shape = dates.iso(value)
        case Path() | FeederError():
            shape = str(value)
        case Mapping():
            shape = {str(key): plain(one) for key, one in value.items()}
        case _ if is_dataclass(value):
            shape = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            shape = [plain(one) for one in value]
    return shape
