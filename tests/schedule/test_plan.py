from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from feeder.model import settings
from feeder.schedule import plan
from feeder.schedule.plan import Job

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
    assert plan.jobs(site()) == [
        Job("publish", timedelta(seconds=10)),
        Job("send", timedelta(seconds=30)),
        Job("letters", timedelta(seconds=30)),
        Job("readers", timedelta(minutes=1)),
        Job("tidy", timedelta(days=1)),
    ]


def test_each_source_is_read_at_its_own_interval() -> None:
    slow = settings.Folder("slow", PLACE / "slow", every=timedelta(hours=1))
    usual = settings.Folder("usual", PLACE / "usual")
    jobs = plan.jobs(site(slow=slow, usual=usual))
    assert jobs[:2] == [
        Job("collect:slow", timedelta(hours=1)),
        Job("collect:usual", timedelta(minutes=5)),
    ]
    assert [job.name for job in jobs[2:]] == [plan.PUBLISH, plan.SEND, plan.LETTERS, plan.READERS, plan.TIDY]


def test_the_jobs_of_sources_are_told_from_all_others_by_name() -> None:
    jobs = plan.jobs(site(publish=settings.Folder("publish", PLACE), send=settings.Folder("send", PLACE)))
    names = [job.name for job in jobs]
    assert len(set(names)) == 7
    assert [name for name in names if name.startswith(plan.COLLECT)] == ["collect:publish", "collect:send"]


def test_links_are_looked_at_where_the_site_says_so() -> None:
    caring = replace(site(), links=settings.LinkCare(check=True))
    assert [job for job in plan.jobs(caring) if job not in plan.jobs(site())] == [
        Job("links", timedelta(hours=1))
    ]
