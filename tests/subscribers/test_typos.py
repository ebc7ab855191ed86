"""Slips in addresses: those that are likely are asked back, and no right one is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.subscribers import typos

SLIPS = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmaill.com": "gmail.com", "gamil.com": "gmail.com",
    "gnail.com": "gmail.com", "gmail.con": "gmail.com", "gmail.cmo": "gmail.com", "hotmial.com": "hotmail.com",
    "hotmail.con": "hotmail.com", "hotnail.com": "hotmail.com", "outlok.com": "outlook.com", "yaho.com": "yahoo.com",
    "yahooo.com": "yahoo.com", "iclould.com": "icloud.com", "protonmial.com": "protonmail.com",
    "t-onlin.de": "t-online.de", "wannadoo.fr": "wanadoo.fr", "liberro.it": "libero.it", "example.con": "example.com",
    "weekly.ogr": "weekly.org",
}  # fmt: skip
RIGHT = (
    "gmail.com", "mail.com", "gmx.com", "gmx.net", "me.com", "mac.com", "web.de", "email.com", "ymail.com",
    "rocketmail.com", "hey.com", "pm.me", "tuta.io", "tutanota.com", "mailbox.org", "riseup.net", "aim.com",
    "cam.ac.uk", "ox.ac.uk", "mit.edu", "harvard.edu", "ethz.ch", "uio.no", "kth.se", "ku.dk", "cnrs.fr",
    "europa.eu", "nato.int", "un.org", "who.int", "bbc.co.uk", "ft.com", "nzz.ch", "zeit.de", "lemonde.fr",
    "elpais.es", "corriere.it", "xinhua.org", "nhk.or.jp", "abc.net.au", "cbc.ca", "state.gov", "parliament.uk",
    "bund.de", "gov.sg", "rsis.edu.sg", "icsr.info", "rusi.org", "iiss.org", "csis.org", "localhost", "a.io",
    "qq.cn", "sina.cn", "foxmail.com", "naver.com", "daum.net", "rediffmail.com", "seznam.cz", "wp.pl", "onet.pl",
    "bigpond.com", "sky.com", "virginmedia.com", "ntlworld.com", "cox.net", "att.net", "earthlink.net", "bell.net",
    "telenet.be", "skynet.be", "ziggo.nl", "kpnmail.nl", "xs4all.nl", "online.no", "telia.com", "mail.dk",
    "arcor.de", "vodafone.de", "1und1.de", "aon.at", "chello.at", "hispeed.ch", "virgilio.it", "alice.it",
    "terra.es", "ya.ru", "bk.ru", "list.ru", "ukr.net", "abv.bg", "freemail.hu", "centrum.sk", "walla.co.il",
)  # fmt: skip


@pytest.mark.parametrize(("slip", "meant"), SLIPS.items())
def test_a_slip_is_found(slip: str, meant: str) -> None:
    assert typos.meant(f"Ada.L@{slip}") == f"Ada.L@{meant}"


@pytest.mark.parametrize("domain", RIGHT)
def test_a_domain_that_is_somebodys_is_no_slip(domain: str) -> None:
    assert typos.meant(f"ada@{domain}") is None


@pytest.mark.parametrize(
    "domain",
    [
        *(f"hotmail.{country}" for country in ("be", "se", "dk", "gr", "nl", "no", "ch", "ca")),
        *(
            f"yahoo.{country}"
            for country in ("ie", "in", "gr", "se", "dk", "be", "at", "pt", "ca", "pl", "ro")
        ),
        *(f"outlook.{country}" for country in ("be", "dk", "ie", "es", "it", "at", "pt", "cz")),
        *("gmx.it", "gmx.es", "gmx.li", "live.nl", "live.co.uk", "mail.ee", "posteo.net", "yahoo.co.jp"),
    ],
)
def test_a_providers_name_in_another_country_is_no_slip(domain: str) -> None:
    assert typos.meant(f"ada@{domain}") is None


@pytest.mark.parametrize("ending", ["co", "cm", "om", "con", "comm", "cim"])
def test_the_endings_that_are_typed_instead_of_com_are_slips(ending: str) -> None:
    assert typos.meant(f"ada@gmail.{ending}") == "ada@gmail.com"


@given(st.emails())
def test_what_was_meant_is_no_slip_itself(address: str) -> None:
    meant = typos.meant(address)
    assert meant is None or typos.meant(meant) is None
