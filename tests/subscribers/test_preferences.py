"""Preferences: checked against the digest that they are for."""

from dataclasses import replace

import pytest

from feeder.errors import ConfigurationError
from feeder.model.digests import Recipe, Unit
from feeder.model.settings import DAILY, MONTHLY, WEEKLY
from feeder.model.subscribers import Preferences
from feeder.subscribers import preferences

SLOTS = Recipe("often", "0 * * * *", Unit.SLOT, "Often")
PLAIN = Preferences("weekly", "Europe/Berlin")


@pytest.mark.parametrize(
    ("wanted", "recipe"),
    [
        (PLAIN, WEEKLY),
        (replace(PLAIN, hour=0), DAILY),
        (replace(PLAIN, hour=23), SLOTS),
        (replace(PLAIN, day=0), WEEKLY),
        (replace(PLAIN, day=6, hour=7), WEEKLY),
        (replace(PLAIN, day=1), MONTHLY),
        (replace(PLAIN, day=28), MONTHLY),
        (replace(PLAIN, zone="Australia/Lord_Howe"), WEEKLY),
        (replace(PLAIN, zone="UTC"), WEEKLY),
    ],
)
def test_preferences_that_fit_are_kept_as_they_are(wanted: Preferences, recipe: Recipe) -> None:
    assert preferences.checked(wanted, recipe) == wanted


@pytest.mark.parametrize(
    ("wanted", "recipe", "told"),
    [
        (replace(PLAIN, hour=24), WEEKLY, "hour 24: is no hour; write 0 to 23"),
        (replace(PLAIN, hour=-1), WEEKLY, "hour -1: is no hour; write 0 to 23"),
        (replace(PLAIN, day=7), WEEKLY, "day 7: is no day that every week has; write 0 to 6"),
        (replace(PLAIN, day=-1), WEEKLY, "day -1: is no day that every week has; write 0 to 6"),
        (replace(PLAIN, day=0), MONTHLY, "day 0: is no day that every month has; write 1 to 28"),
        (replace(PLAIN, day=29), MONTHLY, "day 29: is no day that every month has; write 1 to 28"),
        (replace(PLAIN, day=1), DAILY, "day 1: has no meaning for the digest daily; leave it out"),
        (replace(PLAIN, day=1), SLOTS, "day 1: has no meaning for the digest often; leave it out"),
    ],
)
def test_hours_and_days_that_do_not_exist_are_refused(wanted: Preferences, recipe: Recipe, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        preferences.checked(wanted, recipe)

    assert str(caught.value) == told


@pytest.mark.parametrize(
    "zone",
    ["", "Berlin", "Europe", "Europe/", "Europe/Berlin ", "../UTC", "/etc/localtime", "CEST+1", "\0", "ü"],
)
def test_zones_that_do_not_exist_are_refused(zone: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        preferences.checked(replace(PLAIN, zone=zone), WEEKLY)

    assert str(caught.value) == f"zone {zone!r}: is no time zone; write it as Europe/Berlin"
