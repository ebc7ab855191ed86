"""Bodies within their limit, also while they are inflated.

httpx inflates each chunk without a limit: 64 KB of zeros in gzip become 67 MB, and 1 KB packed
twice becomes 600 MB. So we take gzip only, once, and stop it at the limit.
"""

import zlib
from collections.abc import Iterable, Mapping

from feeder.net.failures import WAIT, RequestFailed

ACCEPT_ENCODING = "gzip"

_GZIP = zlib.MAX_WBITS | 16
_GZIP_START = b"\x1f\x8b"


def read(thing: str, headers: Mapping[str, str], chunks: Iterable[bytes], max_bytes: int) -> bytes:
    """Return a body, unpacked.

    Raises: RequestFailed, when it is larger than `max_bytes` or cannot be unpacked.
    """
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > max_bytes:
        raise _too_large(thing, max_bytes)
    match headers.get("content-encoding", "").strip().lower():
        case "" | "identity":
            return _joined(thing, chunks, max_bytes)
        case "gzip" | "x-gzip":
            return _inflated(thing, chunks, max_bytes)
        case other:
            rule = f"is packed as “{other[:40]}”, which we did not ask for"
            raise RequestFailed(thing, rule, "ask whoever runs it to send it plain, or as gzip")


def _joined(thing: str, chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(thing, max_bytes)
    return bytes(body)


def _inflated(thing: str, chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    gzip = zlib.decompressobj(_GZIP)
    packed = 0
    for chunk in chunks:
        # Empty blocks and members unpack to nothing, and might come for ever.
        packed += len(chunk)
        rest = chunk
        while rest and max(packed, len(body)) <= max_bytes:
            if gzip.eof:
                if not _GZIP_START.startswith(rest[:2]):
                    return bytes(body)  # some servers fill up with zeros
                gzip = zlib.decompressobj(_GZIP)
            body += _unpacked(thing, gzip, rest, max_bytes + 1 - len(body))
            rest = gzip.unconsumed_tail or gzip.unused_data
        if max(packed, len(body)) > max_bytes:
            raise _too_large(thing, max_bytes)
    if packed and not gzip.eof:
        raise RequestFailed(thing, "the answer breaks off in the middle", WAIT, passing=True)
    return bytes(body)


def _unpacked(thing: str, gzip: "zlib._Decompress", packed: bytes, at_most: int) -> bytes:
    try:
        return gzip.decompress(packed, at_most)
    except zlib.error as error:
        raise RequestFailed(thing, "is called gzip, and is not", WAIT) from error


def _too_large(thing: str, max_bytes: int) -> RequestFailed:
    return RequestFailed(
        thing, f"is larger than {max_bytes / 1e6:g} MB", "check that it is the right address"
    )
