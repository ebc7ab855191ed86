"""Values of the model as JSON shapes."""

from feeder.markup.plain import plain

__all__ = ["plain"]
