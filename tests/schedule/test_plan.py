from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from feeder.model import settings
from feeder.model.jobs import MAIL, Job
from feeder.schedule import plan
from feeder.schedule.plan import Tick

PLACE = Path("/site")


def site(**sources: settings.Source) -> settings.Settings:
    return settings.Settings(
        folder=PLACE,
        site=settings.Site("Spans", "Ada"),
        store=settings.StoreSettings("sqlite://"),
        publish=settings.Publish(PLACE / "public"),
        mail=settings.Mail(PLACE / "mail"),
        templates=PLACE / "templates",
        sources=sources,
    )


def test_a_site_without_sources_publishes_and_looks_for_what_is_to_be_sent() -> None:
    assert plan.ticks(site()) == [
        Tick(plan.PUBLISH, timedelta(seconds=10)),
        Tick(plan.PLAN, timedelta(seconds=30)),
        Tick(plan.LETTERS, timedelta(seconds=30)),
        Tick(plan.TIDY, timedelta(days=1)),
    ]


def test_each_source_is_read_at_its_own_interval() -> None:
    slow = settings.Folder("slow", PLACE / "slow", every=timedelta(hours=1))
    usual = settings.Folder("usual", PLACE / "usual")
    ticks = plan.ticks(site(slow=slow, usual=usual))
    assert ticks[:2] == [
        Tick(Job("collect:slow", "collect:slow"), timedelta(hours=1)),
        Tick(Job("collect:usual", "collect:usual"), timedelta(minutes=5)),
    ]
    assert [tick.job for tick in ticks[2:]] == [plan.PUBLISH, plan.PLAN, plan.LETTERS, plan.TIDY]


def test_of_the_sources_on_one_host_one_is_read_at_a_time() -> None:
    blog = settings.WordPress("blog", "https://spans.example/blog/")
    news = settings.Syndication("news", "https://spans.example/feed/")
    other = settings.Syndication("other", "https://harbour.example/feed/")
    locks = [tick.job.lock for tick in plan.ticks(site(blog=blog, news=news, other=other))[:3]]
    assert locks == ["host:spans.example", "host:spans.example", "host:harbour.example"]


def test_processes_that_send_have_lanes_of_their_own_and_send_one_issue_at_a_time() -> None:
    one, other = plan.deliver(0), plan.deliver(1)
    assert one.lock != other.lock
    assert {one.queue, other.queue} == {MAIL}


def test_the_jobs_of_sources_are_told_from_all_others_by_name() -> None:
    ticks = plan.ticks(site(publish=settings.Folder("publish", PLACE), plan=settings.Folder("plan", PLACE)))
    names = [tick.job.name for tick in ticks]
    assert len(set(names)) == 6
    assert [name for name in names if name.startswith(plan.COLLECT)] == ["collect:publish", "collect:plan"]


def test_links_are_looked_at_where_the_site_says_so() -> None:
    caring = replace(site(), links=settings.LinkCare(check=True))
    assert [tick for tick in plan.ticks(caring) if tick not in plan.ticks(site())] == [
        Tick(plan.LINKS, timedelta(hours=1))
    ]
