"""What is run when. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from feeder.model.settings import Settings

PUBLISH = "publish"
SEND = "send"
LETTERS = "letters"
HUB = "hub"
RETURNS = "returns"
READERS = "readers"
TIDY = "tidy"
LINKS = "links"
COLLECT = "collect:"

_PUBLISH_EVERY = timedelta(seconds=10)
_SEND_EVERY = timedelta(seconds=30)
_LETTERS_EVERY = timedelta(seconds=30)
_HUB_EVERY = timedelta(seconds=30)
_READERS_EVERY = timedelta(minutes=1)
_TIDY_EVERY = timedelta(days=1)
_LINKS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is run again and again, first at once."""

    name: str
    every: timedelta


def jobs(settings: Settings) -> list[Job]:
    """Return the jobs of a site: each source on its own interval, publishing, the ticks for mail and hubs, counting, tidying.

    Publishing and the ticks look for what is due, and cost next to nothing when that is nothing.
    What comes back is looked for where there is a mailbox. Links are looked at where the site says so.
    """
    sources = [Job(f"{COLLECT}{name}", source.every) for name, source in settings.sources.items()]
    publish, inbox = settings.publish, settings.mail.inbox
    return [
        *sources,
        Job(PUBLISH, _PUBLISH_EVERY),
        Job(SEND, _SEND_EVERY),
        Job(LETTERS, _LETTERS_EVERY),
        *([Job(HUB, _HUB_EVERY)] if publish.hub or publish.hubs else []),
        *([Job(RETURNS, inbox.every)] if inbox.is_there else []),
        Job(READERS, _READERS_EVERY),
        Job(TIDY, _TIDY_EVERY),
        *([Job(LINKS, _LINKS_EVERY)] if settings.links.check else []),
    ]
