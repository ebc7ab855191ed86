"""Signatures of AWS, by the vectors of its own test suite (aws-sig-v4-test-suite), as far as they POST without a query."""

from datetime import UTC, datetime

import pytest

from feeder.mail.transports.providers import signing
from feeder.mail.transports.providers.signing import Credentials

NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")


@pytest.mark.parametrize(
    ("own", "body", "names", "signature"),
    [
        pytest.param(
            {},
            b"",
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            id="post-vanilla",
        ),
        pytest.param(
            {"My-Header1": "value1"},
            b"",
            "host;my-header1;x-amz-date",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
            id="post-header-key-sort",
        ),
        pytest.param(
            {"My-Header1": "VALUE1"},
            b"",
            "host;my-header1;x-amz-date",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            id="post-header-value-case",
        ),
        pytest.param(
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            id="post-x-www-form-urlencoded",
        ),
    ],
)
def test_a_post(own: dict[str, str], body: bytes, names: str, signature: str) -> None:
    signed = signing.headers(CREDENTIALS, "https://example.amazonaws.com/", own, body, NOW)

    scope = "20150830/us-east-1/service/aws4_request"
    assert signed == {
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}",
    }


def test_nobody_is_shown_the_secret() -> None:
    assert "wJalr" not in repr(CREDENTIALS)
