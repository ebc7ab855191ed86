"""Ids that are minted once and stored."""

from uuid import NAMESPACE_URL, UUID, uuid5


def namespace(site: str) -> UUID:
    """Return the namespace in which a site mints, from the name that its settings give it."""
    return uuid5(NAMESPACE_URL, site)


def mint(space: UUID, *parts: str) -> str:
    """Mint a `urn:uuid:` that is the same for the same parts.

    Source: RFC 9562 section 5.5 (version 5), RFC 4287 section 4.2.6 (permanent, universally unique).
    """
    # NUL separates: scrubbed names and keys hold none.
    return uuid5(space, "\0".join(parts)).urn
