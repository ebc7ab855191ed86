"""WebSub, without input and output: who tells of the changes of feeds, to whom, and in which words.

    asking       what subscribers ask of our hub
    telling      what is said to subscribers, and to other hubs
    terms        how long, how many, how often

Source: W3C, WebSub (https://www.w3.org/TR/websub/); the numbers of sections are those of the
recommendation.
"""

from feeder.markup import urls
from feeder.model.settings import Publish, Site

HUB = "hub"
"""Where our hub is, below the public address."""


def hubs(site: Site, publish: Publish) -> tuple[str, ...]:
    """Return the hubs that readers of feeds are told of, our own first."""
    own = [urls.absolute(site.public_url, HUB)] if publish.hub else []
    return tuple(dict.fromkeys([*own, *publish.hubs]))


def others(site: Site, publish: Publish) -> tuple[str, ...]:
    """Return the hubs that have to be told what changed: all but our own, which knows."""
    return tuple(hub for hub in dict.fromkeys(publish.hubs) if hub != urls.absolute(site.public_url, HUB))


def link(topic: str, told: tuple[str, ...]) -> str:
    """Return the `Link` header that tells where a document is, and which hubs tell of its changes."""
    return ", ".join([f'<{topic}>; rel="self"', *(f'<{hub}>; rel="hub"' for hub in told)])
