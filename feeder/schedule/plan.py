"""What is run when. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from feeder.model.jobs import MAIL, Job
from feeder.model.settings import Settings, Source, Syndication, WordPress

COLLECT = "collect:"
DELIVER = "deliver:"

PUBLISH = Job("publish", "publish")
PLAN = Job("plan", "plan")
LETTERS = Job("letters", "letters")
HUB = Job("hub", "hub")
RETURNS = Job("returns", "returns")
TIDY = Job("tidy", "tidy")
LINKS = Job("links", "links")

READERS_EVERY = timedelta(minutes=1)
"""How often each process that serves feeds writes down who read them."""

LOOKOUT_EVERY = timedelta(seconds=1)
"""How often it is looked whether a moment has come at which mail is due."""

_PUBLISH_EVERY = timedelta(seconds=10)
_PLAN_EVERY = timedelta(seconds=30)
_LETTERS_EVERY = timedelta(seconds=30)
_HUB_EVERY = timedelta(seconds=30)
_TIDY_EVERY = timedelta(days=1)
_LINKS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A job that is put again and again: once in each interval, by whichever scheduler is first."""

    job: Job
    every: timedelta


def ticks(settings: Settings) -> list[Tick]:
    """Return the jobs of a site: each source on its own interval, publishing, mail, hubs, tidying.

    Publishing, planning and the like look for what is due, and cost next to nothing when that is nothing.
    What comes back is looked for where there is a mailbox. Links are looked at where the site says so.
    """
    publish, inbox = settings.publish, settings.mail.inbox
    return [
        *(Tick(collect(source), source.every) for source in settings.sources.values()),
        Tick(PUBLISH, _PUBLISH_EVERY),
        Tick(PLAN, _PLAN_EVERY),
        Tick(LETTERS, _LETTERS_EVERY),
        *([Tick(HUB, _HUB_EVERY)] if publish.hub or publish.hubs else []),
        *([Tick(RETURNS, inbox.every)] if inbox.is_there else []),
        Tick(TIDY, _TIDY_EVERY),
        *([Tick(LINKS, _LINKS_EVERY)] if settings.links.check else []),
    ]


def collect(source: Source) -> Job:
    """Return the job that reads a source. Of those on one host, one is read at a time."""
    name = f"{COLLECT}{source.name}"
    if isinstance(source, WordPress | Syndication):
        return Job(name, f"host:{urlsplit(source.url).hostname}")
    return Job(name, name)


def deliver(lane: int) -> Job:
    """Return the job that sends what waits; each process that sends has a lane of its own."""
    name = f"{DELIVER}{lane}"
    return Job(name, name, MAIL)
