"""A puzzle that browsers solve in a second: dear for a robot that wants thousands of them.

It is ALTCHA's, version 2, by its own library: proof of work, without a third party.
"""

import json
from datetime import datetime, timedelta

from feeder.errors import ConfigurationError

_ALGORITHM = "PBKDF2/SHA-256"
_COST = 2_000
_PREFIX = "00"
"""Of 256 tries one fits, each of so many rounds: about a second on a telephone."""

_GOOD_FOR = timedelta(hours=1)
"""How long a puzzle can be solved, and how long it is known that it was used."""

_MOST_CHARACTERS = 4_096


class Puzzles:
    """Makes puzzles and takes each solution once."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret that signs puzzles. Raises: ConfigurationError where the library is not installed."""
        try:
            import altcha  # noqa: PLC0415 - most sites do without
        except ImportError as error:
            raise ConfigurationError(
                "signup.puzzle = true", "wants a library that is not installed", "install feeder[puzzle]"
            ) from error
        self._altcha = altcha
        self._secret = secret
        self._used: dict[str | None, datetime] = {}

    def make(self, now: datetime) -> str:
        """Return a new puzzle, as JSON."""
        made = self._altcha.create_challenge(
            _ALGORITHM,
            _COST,
            key_prefix=_PREFIX,
            expires_at=now + _GOOD_FOR,
            hmac_secret=self._secret,
        )
        return json.dumps(made.to_dict())

    def is_solved(self, payload: str, now: datetime) -> bool:
        """Tell whether this solves a puzzle of ours that nobody has solved before."""
        if not payload or len(payload) > _MOST_CHARACTERS:
            return False
        if not self._altcha.verify_solution(payload, self._secret).verified:
            return False
        puzzle = self._altcha.Payload.from_base64(payload).challenge.signature
        self._used = {used: until for used, until in self._used.items() if until > now}
        if puzzle in self._used:
            return False
        self._used[puzzle] = now + _GOOD_FOR
        return True
