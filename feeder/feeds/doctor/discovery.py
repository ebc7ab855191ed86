"""Where a feed says that it is, and who tells of its news: self and hub, in every format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeder.feeds.doctor import iris
from feeder.feeds.doctor.findings import Finding, Place, Rule, advice, error, listed, quoted, warning
from feeder.feeds.doctor.subjects import Subject

SELF_RELATIVE = warning(
    "self-relative", "a self link is a whole address", "WebSub, section 4; RFC 4287, 4.2.7.2"
)
SELF_OTHER = warning(
    "self-other",
    "a self link is the address that readers ask: some move the subscription there",
    "RFC 4287, section 4.2.7.2; FreshRSS PR #2922",
)
SELF_SCHEME = warning(
    "self-scheme", "a self link has the scheme that the feed is served by", "RFC 4287, 4.2.7.2"
)
SELF_OWN = error(
    "self-own",
    "a site's own feed gives as self the public address and its path",
    "the configuration, site.public_url",
)
SELF_MANY = warning("self-many", "a feed has one self link", "WebSub, section 4")
HUB_ALONE = error(
    "hub-alone", "a hub needs a self link beside it, to say what is subscribed to", "WebSub, section 4"
)
HUB_ADDRESS = error("hub-address", "a hub has an address of http or https", "WebSub, section 4")
NOT_SECURE = advice(
    "http-links",
    "what is served by https leads to its own site by https",
    "practice: readers warn, or follow twice",
)

SELF_MISSING = warning("self-missing", "a feed has a self link", "RFC 4287, section 4.1.1")
SELF_MISSING_RSS = advice("self-missing", "a channel has a self link", "RSS profile, atom:link")
SELF_MISSING_JSON = advice("self-missing", "a feed has a feed_url", "JSON Feed 1.1, top-level")


@dataclass(frozen=True, slots=True)
class Claim:
    """An address that a feed gives for something."""

    place: Place
    address: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a feed says of itself. `how` shows how it says so, with `…` for the address."""

    whole: Place
    how: str
    selves: Sequence[Claim]
    hubs: Sequence[Claim]


def check(claims: Claims, subject: Subject, missing: Rule) -> Iterator[Finding]:
    """Check self and hub; `missing` is the rule that a feed without self breaks."""
    links = subject.said.links if subject.said else {}
    yield from _hubs(claims)
    if not claims.selves and "self" not in links:
        has_hub = bool(claims.hubs) or "hub" in links
        place = claims.hubs[0].place if claims.hubs else claims.whole
        written = claims.how.replace("…", subject.address or "…")
        found = "there is a hub, and no self link" if has_hub else "there is no self link"
        rule = HUB_ALONE if has_hub else SELF_OWN if subject.published_as else missing
        yield Finding(rule, place, found, f"add {written}")
    yield from _one_self(claims, links.get("self", ""))
    for claim in claims.selves[:1]:
        yield from _self(claim, subject)


def check_schemes(claims: Sequence[Claim], subject: Subject) -> Iterator[Finding]:
    """Check that links to the feed's own site go by https, if the feed does."""
    if not subject.address.startswith("https:"):
        return
    home = iris.host(subject.address)
    plain = [one for one in claims if one.address[:5].lower() == "http:" and iris.host(one.address) == home]
    if plain:
        found = f"{listed(quoted(one.address) for one in plain)} {'go' if plain[1:] else 'goes'} by http"
        yield Finding(NOT_SECURE, plain[0].place, found, "write https://")


def _hubs(claims: Claims) -> Iterator[Finding]:
    for hub in claims.hubs:
        if not iris.is_web(hub.address):
            yield Finding(
                HUB_ADDRESS, hub.place, f"{quoted(hub.address)} is no such address", "write its whole address"
            )


def _one_self(claims: Claims, in_header: str) -> Iterator[Finding]:
    if len({claim.address for claim in claims.selves}) > 1:
        found = f"it has {listed(quoted(claim.address) for claim in claims.selves)}"
        yield Finding(SELF_MANY, claims.selves[1].place, found, "keep the one that readers ask")
    elif claims.selves and in_header and iris.normal(in_header) != iris.normal(claims.selves[0].address):
        found = f"it says {quoted(in_header)}, and the document {quoted(claims.selves[0].address)}"
        yield Finding(SELF_MANY, Place("header Link"), found, "let both say the same")


def _self(claim: Claim, subject: Subject) -> Iterator[Finding]:
    place, address = claim.place, claim.address
    if subject.published_as:
        if address != subject.published_as:
            mend = f"publish anew; it should be {subject.published_as}"
            yield Finding(SELF_OWN, place, f"it is {quoted(address)}", mend)
        return
    if iris.is_relative(address):
        mend = f"write {subject.address or 'its whole address, with https:// and host'}"
        yield Finding(SELF_RELATIVE, place, f"{quoted(address)} is relative", mend)
    elif subject.said:
        right = {iris.normal(subject.said.asked), iris.normal(subject.said.url)}
        if iris.normal(address) not in right:
            yield _elsewhere(claim, subject)


def _elsewhere(claim: Claim, subject: Subject) -> Finding:
    if iris.differ_by_scheme(claim.address, subject.address):
        found = f"it is {quoted(claim.address)}, and the feed came from {quoted(subject.address)}"
        better = subject.address if subject.address.startswith("https:") else claim.address
        mend = f"write {better}, and redirect to it" if better != subject.address else f"write {better}"
        return Finding(SELF_SCHEME, claim.place, found, mend)
    found = f"it is {quoted(claim.address)}, and the feed was asked at {quoted(subject.address)}"
    return Finding(
        SELF_OTHER, claim.place, found, f"write {subject.address}, unless readers shall move there"
    )
