"""The rules for a domain that mails, and whether what the DNS says keeps them. Pure.

Source: what Gmail, Yahoo and Microsoft demand of whoever mails to many, and the standards behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feeder.mail.domains import tags
from feeder.mail.domains.dmarc import Walk
from feeder.mail.domains.spf import Result, Verdict
from feeder.model.checks import Check, ok, skipped, warning, wrong

SPF, DKIM, DMARC, PTR, MX = "spf", "dkim", "dmarc", "ptr", "mx"

_SPF_RULE = "the domain that messages come from must let those mail that mail for it (RFC 7208)"
_DKIM_RULE = "the DNS must have the public half of the key that signs (RFC 6376)"
_DMARC_RULE = "the domain must say what is to be done with mail in its name, and messages must prove to be from it (RFC 9989)"
_PTR_RULE = "an address that mails must have a name that leads back to it"
_MX_RULE = "somebody must take what is sent back (RFC 5321)"
_SILENT = "the DNS does not answer"
_AGAIN = "try again; if it stays so, mend the domain's servers or this machine's DNS"

_FEWEST_GOOD_BITS = 2048


def silent(name: str, domain: str, asked: str) -> Check:
    """Return what is to be said where the DNS has no answer."""
    rules = {SPF: _SPF_RULE, DKIM: _DKIM_RULE, DMARC: _DMARC_RULE, PTR: _PTR_RULE, MX: _MX_RULE}
    return wrong(name, domain, rules[name], f"{_SILENT} for {asked}", _AGAIN)


# ── SPF ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Senders:
    """What a record says of those who mail for a domain.

    `stranger` is what it says of an address that is nobody's, which visits all of it. `told` are the addresses that the
    site names, and `guessed` those of its mail servers, from which mail may leave or not. `includes` are the domains
    whose records it must include.
    """

    stranger: Verdict
    told: Mapping[str, Verdict]
    guessed: Mapping[str, Verdict]
    includes: Sequence[str] = ()


def spf(domain: str, senders: Senders) -> Check:
    """Judge what a domain says of who may mail for it."""
    stranger = senders.stranger
    if stranger.result is Result.NONE:
        mend = f'add to the DNS of {domain} a TXT record such as "v=spf1 {_mechanism(senders)} ~all"'
        return wrong(SPF, domain, _SPF_RULE, "no record", mend)
    if stranger.result in {Result.PERMERROR, Result.TEMPERROR}:
        mend = _AGAIN if stranger.result is Result.TEMPERROR else f"correct the TXT record of {domain}"
        return wrong(SPF, domain, _SPF_RULE, stranger.why, mend)
    missing = [each for each in senders.includes if each.lower() not in stranger.visited]
    barred = [address for address, verdict in senders.told.items() if verdict.result is not Result.PASS]
    if missing or barred:
        found = f"the record does not let {', '.join([*missing, *barred])}"
        mend = f'put "{_mechanism(senders)}" into the TXT record of {domain}'
        return wrong(SPF, domain, _SPF_RULE, found, mend)
    if stranger.result is Result.PASS:
        found = "the record lets every address there is"
        return warning(SPF, domain, _SPF_RULE, found, f'end the TXT record of {domain} with "~all"')
    return _about_guesses(domain, senders)


def _about_guesses(domain: str, senders: Senders) -> Check:
    count = f"the record is good, with {senders.stranger.lookups} lookups of 10"
    if senders.told or senders.includes:
        return ok(
            SPF, domain, _SPF_RULE, f"{count}, and lets {', '.join([*senders.told, *senders.includes])}"
        )
    passing = [address for address, verdict in senders.guessed.items() if verdict.result is Result.PASS]
    if passing and len(passing) == len(senders.guessed):
        return ok(SPF, domain, _SPF_RULE, f"{count}, and lets the mail servers' own {', '.join(passing)}")
    found = f"{count}; whether it lets those who mail for you cannot be known"
    mend = "name in mail.outbound the addresses from which your mail leaves, or what your provider says to include"
    return warning(SPF, domain, _SPF_RULE, found, mend)


def _mechanism(senders: Senders) -> str:
    told = [f"ip{6 if ':' in address else 4}:{address}" for address in senders.told]
    words = [*(f"include:{name}" for name in senders.includes), *told]
    return " ".join(words) or "mx"


# ── DKIM ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signs: the name that the DNS has it under, what is to stand there, and how long it is.

    `is_needed` says that receivers who know only this kind see no other signature.
    """

    name: str
    value: str
    bits: int
    is_needed: bool


def of_provider(domain: str, provider: str) -> list[Check]:
    """Say what a provider sees to, which signs for the domain and has a return path of its own."""
    return [
        skipped(SPF, domain, _SPF_RULE, f"messages return to {provider}, whose own domain answers for that"),
        skipped(
            DKIM, domain, _DKIM_RULE, f"{provider} signs, by the keys that it told you to put into the DNS"
        ),
    ]


def unsigned(domain: str) -> Check:
    """Say that nothing is signed here."""
    found = "feeder signs nothing: good only if the mail server signs for this domain"
    return warning(
        DKIM, domain, _DKIM_RULE, found, "make keys with `feeder keys dkim`, or see that the server signs"
    )


def dkim(key: PublicKey, texts: Sequence[str]) -> Check:
    """Judge what the DNS has under the name of a key."""
    found = _fault(key, texts)
    if found:
        mend = f'put just this into the DNS: {key.name} TXT "{key.value}" (`feeder keys dkim` prints it to paste)'
        judge = wrong if key.is_needed else warning
        return judge(DKIM, key.name, _DKIM_RULE, found, mend)
    said = tags.read(texts[0])
    if "y" in said.get("t", "").replace(" ", "").split(":"):
        mend = "take t=y out of the record"
        return warning(DKIM, key.name, _DKIM_RULE, "the record says that the key is only being tried", mend)
    if key.is_needed and key.bits < _FEWEST_GOOD_BITS:
        mend = "make another with `feeder keys dkim --selector NAME`"
        return warning(
            DKIM,
            key.name,
            _DKIM_RULE,
            f"the key has {key.bits} bits, and {_FEWEST_GOOD_BITS} are usual",
            mend,
        )
    return ok(DKIM, key.name, _DKIM_RULE, "the record has the key that signs")


def _fault(key: PublicKey, texts: Sequence[str]) -> str:
    """Say why nobody can verify by what the DNS has; empty where they can."""
    if len(texts) != 1:
        return f"{len(texts)} records, of which receivers take any" if texts else "no record"
    try:
        said, wanted = tags.read(texts[0]), tags.read(key.value)
    except ValueError:
        return "a record that nobody can read"
    kinds = [each.strip() for each in said.get("h", "sha256").split(":")]
    if said.get("v", "DKIM1") != "DKIM1" or "sha256" not in kinds:
        return "a record that is not for these signatures"
    there = "".join(said.get("p", "").split())
    if not there:
        return "the key was revoked"
    if (said.get("k", "rsa"), there) != (wanted["k"], wanted["p"]):
        return "another key than the one that signs"
    return ""


# ── DMARC ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Proofs:
    """By what a message can be shown to be the author's: whether its signature, or its return path, is of the domain."""

    signature: bool
    return_path: bool


def dmarc(walk: Walk, proofs: Proofs) -> Check:
    """Judge what the domain of the author says, and whether messages prove to be from it."""
    domain, record = walk.domain, walk.record
    if record is None:
        mend = f'add to the DNS: _dmarc.{domain} TXT "v=DMARC1; p=none"'
        return wrong(DMARC, domain, _DMARC_RULE, "no record, or several", mend)
    policy = record.policy(domain)
    where = f"p={policy}, at _dmarc.{record.domain}"
    if not (proofs.signature or proofs.return_path):
        mend = f"sign for {domain} (mail.dkim.domain), or let messages come back there (mail.returns)"
        found = f"{where}; neither signatures nor the return path are of this domain"
        return wrong(DMARC, domain, _DMARC_RULE, found, mend)
    if not proofs.signature and policy != "none":
        found = f"{where}; without a signature, mail that is passed on is lost"
        return warning(
            DMARC, domain, _DMARC_RULE, found, f"sign for {domain}, here or at the server that mails"
        )
    proven = [
        words
        for words, holds in (
            ("by the signature", proofs.signature),
            ("by the return path", proofs.return_path),
        )
        if holds
    ]
    return ok(DMARC, domain, _DMARC_RULE, f"{where}; proven {' and '.join(proven)}")


# ── Names and hosts ──────────────────────────────────────────────────────────────────────────────


def exchangers(domain: str, hosts: Sequence[str], *, has_address: bool) -> Check:
    """Judge who takes mail for a domain; without such hosts, the domain's own address does (RFC 5321, 5.1)."""
    mend = f"add an MX record to {domain} that names a server which takes its mail"
    if "" in hosts:
        return wrong(MX, domain, _MX_RULE, "it says that it takes no mail (RFC 7505)", mend)
    if hosts:
        return ok(MX, domain, _MX_RULE, f"taken by {', '.join(hosts)}")
    if has_address:
        return warning(
            MX, domain, _MX_RULE, "no mail server is named, and the domain's own address is tried", mend
        )
    return wrong(MX, domain, _MX_RULE, "nobody takes its mail", mend)


def pointer(address: str, names: Mapping[str, bool]) -> Check:
    """Judge the names of an address, of each of which it is known whether it leads back."""
    mend = f"have whoever gave you {address} name it like the server, whose own address must be {address}"
    if not names:
        return wrong(PTR, address, _PTR_RULE, "no name", mend)
    if not any(names.values()):
        return wrong(PTR, address, _PTR_RULE, f"{', '.join(names)}, which leads elsewhere", mend)
    return ok(PTR, address, _PTR_RULE, f"{next(name for name, leads in names.items() if leads)}, and back")


def no_pointer(why: str) -> Check:
    """Say why no address is looked up."""
    return skipped(PTR, "the addresses that mail", _PTR_RULE, why)
