"""What is written of a provider of mail: made into settings, and what it could not do of what is wanted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from feeder.config import rules
from feeder.config.plain import shown
from feeder.config.values import is_near
from feeder.config.written import Values
from feeder.errors import ConfigurationError
from feeder.model.settings import Mail, MailProvider, Provider

_KEYS_OF = {
    "user": (Provider.SES,),
    "region": (Provider.SES, Provider.MAILGUN, Provider.SENDGRID),
    "domain": (Provider.MAILGUN,),
    "stream": (Provider.SES, Provider.POSTMARK),
}
_NEEDED_BY_SES = ("user", "region")
_CONTINENTS = ("", "us", "eu")

_DOES_ITSELF = {
    "returns": "has a return path of its own, and tells of what comes back",
    "dkim": "signs for your domain itself",
}


def provider(table: Mapping[str, Any], sender: str) -> MailProvider:
    """Build a provider; Mailgun knows who sends by a domain, and that is the sender's unless another is told."""
    built = MailProvider(**table)
    if built.name is Provider.MAILGUN and not built.domain:
        return replace(built, domain=sender.rpartition("@")[2])
    return built


def problems(mail: Mail, provider: MailProvider, values: Values) -> Iterator[ConfigurationError]:
    """Tell why no mail can leave by a provider as it is wanted."""
    if provider.name in mail.servers:
        table = (*rules.SERVERS, provider.name)
        name = values[*table, "host"].place.name(table)
        yield ConfigurationError(name, "is called like the provider", "give it another name")
    yield from _misunderstood(provider, values)
    yield from _impossible(mail, provider, values)


def _misunderstood(provider: MailProvider, values: Values) -> Iterator[ConfigurationError]:
    """Tell which keys a provider does not know, or lacks, and where a key of its own would be overheard."""

    def wrong(name: str, rule: str, mend: str) -> ConfigurationError:
        key = (*rules.PROVIDER, name)
        place = values.get(key, values[*rules.PROVIDER, "name"]).place
        return ConfigurationError(f"{place.name(key)} = {shown(getattr(provider, name))}", rule, mend)

    for name, providers in _KEYS_OF.items():
        if getattr(provider, name) and provider.name not in providers and (*rules.PROVIDER, name) in values:
            yield wrong(name, f"is of use for {' and '.join(providers)} alone", "take it out")
    if provider.name is Provider.SES:
        for name in _NEEDED_BY_SES:
            if not getattr(provider, name):
                yield wrong(name, "must be told for ses", "give it a value")
    elif provider.name in _KEYS_OF["region"] and provider.region not in _CONTINENTS:
        yield wrong("region", f"must be us or eu for {provider.name}", "write one of them, or take it out")
    if provider.api.startswith("http:") and not is_near(urlsplit(provider.api).hostname or ""):
        yield wrong("api", "would send mail, and the key, for all to read", "write https://")


def _impossible(mail: Mail, provider: MailProvider, values: Values) -> Iterator[ConfigurationError]:
    """Tell what a provider could not do of what is wanted; nothing of that is left out in silence."""
    wanted = [
        (key, value)
        for key, value in {
            ("mail", "returns"): "" if provider.name is Provider.SES else mail.returns,
            ("mail", "dkim", "key"): mail.dkim.key,
            ("mail", "dkim", "ed25519_key"): mail.dkim.ed25519_key,
        }.items()
        if value
    ]
    for key, value in wanted:
        yield ConfigurationError(
            f"{values[key].place.name(key)} = {shown(value)}",
            f"is nothing that {provider.name} takes: it {_DOES_ITSELF[key[1]]}",
            "take it out",
        )
