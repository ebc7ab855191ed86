"""The files that travel with the program: templates, the explained configuration, the sample site.

In a wheel they lie inside the package; in a clone the owner's layout has two of them at the top.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CLONE = _PACKAGE.parent


def templates() -> Path:
    """Return the folder of the templates: `pages/`, `mail/`, `assets/`."""
    inside = _PACKAGE / "templates"
    return inside if inside.is_dir() else _CLONE / "templates"


def example_configuration() -> Path:
    """Return the configuration that explains every key."""
    inside = _PACKAGE / "feeder.example.toml"
    return inside if inside.is_file() else _CLONE / "config" / "feeder.example.toml"


def sample_site() -> Path:
    """Return the folder of the sample site: its configuration, and `content/`."""
    return _PACKAGE / "demo"
