"""feeder: per-tag feeds and an e-mail digest for people whose work appears in many places."""

__version__ = "0.1.0"
