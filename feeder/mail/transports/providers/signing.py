"""Signatures by which AWS knows who asks: Signature Version 4, in headers. Pure.

Source: AWS, "Create a signed AWS API request" (SigV4), and its test suite.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key with its secret, and where it asks for what."""

    access_key: str
    secret: str = field(repr=False)
    region: str
    service: str


def headers(
    credentials: Credentials, url: str, own: Mapping[str, str], body: bytes, now: datetime
) -> dict[str, str]:
    """Return the headers that sign a POST with its `own` headers.

    The address has no query, and a path of plain marks; no body of a header has two blanks running.
    """
    parts = urlsplit(url)
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {name.lower(): value for name, value in own.items()}
    signed |= {"host": parts.netloc, "x-amz-date": moment}
    names = ";".join(sorted(signed))
    lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
    request = "\n".join(["POST", parts.path or "/", "", *lines, "", names, sha256(body).hexdigest()])
    scope = f"{moment[:8]}/{credentials.region}/{credentials.service}/aws4_request"
    told = "\n".join([_ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()])
    signature = hmac.new(_key(credentials, scope), told.encode(), sha256).hexdigest()
    credential = f"{credentials.access_key}/{scope}"
    proof = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {"X-Amz-Date": moment, "Authorization": proof}


def _key(credentials: Credentials, scope: str) -> bytes:
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
