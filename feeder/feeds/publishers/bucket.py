"""A bucket of an object store: what stands in the folder, for the public to fetch without us.

An object appears whole or not at all, with the header fields that it is to be served with. It is
written only over the version that is known, so that whoever is late never puts old over new.
For a store that knows no such conditions obstore is told so (AWS_CONDITIONAL_PUT=disabled).

Credentials, and the addresses of other servers than the usual, are where the programs of each store
look for them, and obstore with them: AWS_*, GOOGLE_*, AZURE_* in the environment, or the machine's
role. It waits 5 s for a connection and 30 s for an answer, unless it is told otherwise there.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from feeder.errors import ConfigurationError, PublishError
from feeder.feeds.kinds import Kind
from feeder.feeds.publishers.coders import Coder, coders
from feeder.model.batches import batches
from feeder.model.objects import Stored

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutResult, UpdateVersion
    from obstore.store import ObjectStore, RetryConfig

_HANDS = 16
"""How many objects are put at the same time: each waits for the network."""

_LISTED_AT_ONCE = 1000

_RETRIES = 3
_RETRY_WITHIN = timedelta(seconds=30)

_STATUS = re.compile(r"status code: ([0-9]{3})")
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")


@dataclass(frozen=True, slots=True)
class Sending:
    """An object to be put: how its bytes are read, its digest, its header fields, and what is known to be there.

    `read` raises PublishError where they cannot be had. Just those are in memory that are being put.
    """

    path: str
    read: Callable[[], bytes]
    digest: str
    fields: Mapping[str, str]
    before: Stored | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another one was there first, and nothing was put: what is there now, None for nothing."""

    path: str
    there: Stored | None


Outcome = Stored | Overtaken | PublishError


class Bucket:
    """Objects below one address; texts lie there compressed if `gzip`."""

    def __init__(self, url: str, store: "ObjectStore", *, gzip: bool = False) -> None:
        self._url = url
        self._store = store
        self._gzip: Coder | None = coders(brotli=False)[".gz"] if gzip else None
        self._hands = ThreadPoolExecutor(_HANDS, "upload")

    def close(self) -> None:
        """Let go of the threads that upload."""
        self._hands.shutdown()

    def fields(self, kind: Kind) -> dict[str, str]:
        """Return the header fields with which a document is served."""
        told = {"Content-Type": kind.media_type, "Cache-Control": kind.cache_control}
        return told | ({"Content-Encoding": "gzip"} if self._gzip and kind.is_text else {})

    def put(self, sendings: Sequence[Sending]) -> list[Outcome]:
        """Put objects, several at a time; return what came of each, in their order.

        After a failure no more are begun: what cannot be reached is not waited for a hundred times.
        """
        outcomes: list[Outcome] = []
        for some in batches(sendings, _HANDS):
            outcomes += self._hands.map(self._put, some)
            if any(isinstance(outcome, PublishError) for outcome in outcomes):
                break
        return outcomes

    def remove(self, paths: Sequence[str]) -> None:
        """Remove objects; those that are not there count as removed. Raises: PublishError."""
        import obstore  # noqa: PLC0415 - an extra, and it takes a while

        try:
            try:
                obstore.delete(self._store, list(paths))
            except FileNotFoundError:  # of any of them: not all stores say so, and none says of which
                for path in paths:
                    with suppress(FileNotFoundError):
                        obstore.delete(self._store, path)
        except Exception as error:  # noqa: BLE001 - it has no base of its own
            raise self._cannot("", error) from None

    def listed(self) -> Iterator[dict[str, str]]:
        """Tell what is there, some at a time: tags by path. Raises: PublishError."""
        import obstore  # noqa: PLC0415 - for the reason above

        try:
            for some in obstore.list(self._store, chunk_size=_LISTED_AT_ONCE):
                yield {each["path"]: each["e_tag"] or "" for each in some}
        except Exception as error:  # noqa: BLE001
            raise self._cannot("", error) from None

    def _put(self, sending: Sending) -> Outcome:
        from obstore.exceptions import AlreadyExistsError, PreconditionError  # noqa: PLC0415

        try:
            try:
                return _stored(sending.path, sending.digest, self._written(sending))
            except (AlreadyExistsError, PreconditionError):
                return Overtaken(sending.path, self._there(sending.path))
        except PublishError as problem:
            return problem
        except Exception as error:  # noqa: BLE001
            return self._cannot(f"/{sending.path}", error)

    def _written(self, sending: Sending) -> "PutResult":
        import obstore  # noqa: PLC0415 - for the reason above

        content, fields = sending.read(), dict(sending.fields)
        if self._gzip and "Content-Encoding" in fields:
            content = self._gzip.compress(content)
        try:
            mode = _only_over(sending.before)
            return obstore.put(self._store, sending.path, content, attributes=fields, mode=mode)
        except NotImplementedError:  # it was told that the store knows no conditions
            return obstore.put(self._store, sending.path, content, attributes=fields, use_multipart=False)

    def _there(self, path: str) -> Stored | None:
        import obstore  # noqa: PLC0415 - for the reason above

        try:
            return _stored(path, "", obstore.head(self._store, path))
        except FileNotFoundError:
            return None

    def _cannot(self, path: str, error: Exception) -> PublishError:
        """Say what cannot be done, in words of ours: obstore's tell whole requests and answers."""
        told = str(error)
        status, code = _STATUS.search(told), _CODE.search(told)
        match status and status[1]:
            case "401" | "403":
                rule = "does not let us"
                mend = (
                    "check the credentials in the environment, and that they may list, read, put and delete"
                )
            case "404":
                rule, mend = "is not there", "make the bucket, or correct publish.bucket"
            case _:
                rule = "does not do what we ask"
                mend = "check its address, its region and the network; the next publish goes on from here"
        rule += f" ({code[1]})" if code else ""
        return PublishError(f"{self._url}{path}", rule, mend)


def open_bucket(url: str, *, gzip: bool = False) -> Bucket:
    """Return the bucket, or the part of one, at `s3://`, `gs://` or `az://`; nothing is asked yet.

    Raises: ConfigurationError, when obstore is not installed, or lacks something in the environment.
    """
    try:
        from obstore import store  # noqa: PLC0415 - an extra
        from obstore.exceptions import BaseError  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            "publish.bucket", "needs obstore, which is not installed", "install feeder[objects]"
        ) from error
    retrying: RetryConfig = {"max_retries": _RETRIES, "retry_timeout": _RETRY_WITHIN}
    try:
        return Bucket(url.rstrip("/"), store.from_url(url, retry_config=retrying), gzip=gzip)
    except (BaseError, ValueError):
        # What obstore says of it may tell a secret that is not well written.
        raise ConfigurationError(
            f"publish.bucket = {url!r}",
            "cannot be opened with what the environment tells of it",
            "see docs/objects.md for the variables that each kind of store needs",
        ) from None


def _only_over(before: Stored | None) -> "Literal['create'] | UpdateVersion":
    """Return the condition that just what is known is there, or nothing where that is None."""
    if before is None:
        return "create"
    known = {"e_tag": before.etag, "version": before.version}
    return cast("UpdateVersion", {name: value for name, value in known.items() if value})


def _stored(path: str, digest: str, told: "PutResult | ObjectMeta") -> Stored:
    return Stored(path, digest, told["e_tag"] or "", told["version"] or "")
