"""Blobs pushed into a repository: whole where that works, in chunks where it does not.

Decides how an upload goes on after a cut (distribution-spec, "Pushing a blob in chunks"): where
the registry says that it ends, or from the beginning if it has forgotten it; so does one that
another process did not live to finish. A proxy that refuses large bodies (413), or just cuts them
off, gets smaller ones, and a registry that knows no chunks gets all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import httpx

from longshore.client import blobs
from longshore.client.blobs import Blob, Content
from longshore.client.errors import UnexpectedReply
from longshore.client.loopback import Sender
from longshore.client.patience import PASSING, retry_after
from longshore.client.replies import error_of
from longshore.client.transport import Repository, Request
from longshore.client.unfinished import Claim, Unfinished
from longshore.oci import media_types
from longshore.oci.errors import (
    BlobUploadInvalid,
    BlobUploadUnknown,
    Denied,
    OCIError,
    Unauthorized,
)
from longshore.oci.names import RepositoryName
from longshore.oci.scope import Scope

CHUNK = 90_000_000  # bytes: proxies of many hosters take bodies of up to 100 MB
SMALLEST_CHUNK = 256 * 1024
# Registries that keep layers in an object store can not take more in one request.
WHOLE_LIMIT = 4 * 1024**3

NO_MEMORY = Unfinished(None)

_OCTETS = {"Content-Type": media_types.OCTETS}
# What `_Upload` has an answer to; those that know no GET of an upload answer it with 400 or 405.
_MENDED = PASSING | {404, 409, 413, 416}
_FORGOTTEN = _MENDED | {400, 405}
# What those answer a PATCH that take a blob as a whole only, as Google's Artifact Registry.
_NO_CHUNKS = frozenset({400, 405, 501})
_ACCEPTED = {"GET": _FORGOTTEN, "PATCH": _MENDED | _NO_CHUNKS}


def push(
    repository: Repository,
    content: Content,
    mounted_from: RepositoryName | None = None,
    unfinished: Unfinished = NO_MEMORY,
) -> bool:
    """Push a blob, or take it over from another repository of the same registry if that works.

    Answers whether bytes went. Raises what the registry refuses the blob with, or Unreachable.
    """
    blob = content.blob
    with unfinished.claim(f"{repository}@{blob.digest}", blob.size) as claim:
        upload = _Upload(repository, blob, claim)
        if not upload.take_up() and not upload.begin_or_mount(mounted_from):
            return False
        return _finish(upload, content, repository)


def _finish(upload: _Upload, content: Content, repository: Repository) -> bool:
    """Send until all has gone, whatever comes in between."""
    while True:
        try:
            answer = upload.send(content)
        except httpx.TransportError as problem:
            upload.failed(repository.registry.unreachable(problem))
        else:
            if answer.is_success:
                return True
            upload.refused(answer)
        if upload.resume():
            return True


class _Body:
    """A part of the content, read anew by whoever sends it."""

    def __init__(self, content: Content, start: int, end: int) -> None:
        self._content, self._start, self._end = content, start, end

    def __iter__(self) -> Iterator[bytes]:
        return self._content.pieces(self._start, self._end)

    @property
    def sender(self) -> Sender | None:
        """What sends it from where it lies, if it lies somewhere."""
        content, extent = self._content, self._content.extent
        if extent is None:
            return None
        return lambda sock: content.send(extent, self._start, self._end, sock)


class _Upload:
    """One blob's upload: where it goes on, and how much of it goes into one request."""

    def __init__(self, repository: Repository, blob: Blob, claim: Claim) -> None:
        self._claim = claim
        self._repository = repository
        self._registry = repository.registry
        self._blob = blob
        self._location = ""
        self._offset = 0  # bytes that the registry has
        self._chunk = blob.size if blob.size <= WHOLE_LIMIT else CHUNK
        self._smallest = SMALLEST_CHUNK
        self._takes_chunks = True
        self._failures = 0  # since there was progress
        self._reached = 0

    def take_up(self) -> bool:
        """Go on where another process was cut; answers whether the registry knows where."""
        self._location = self._claim.location
        try:
            return bool(self._location) and self._look()
        except (OCIError, UnexpectedReply):
            return False

    def begin_or_mount(self, source: RepositoryName | None) -> bool:
        """Open an upload; answers whether there is one: the blob may have been mounted instead.

        A registry that refuses to mount should open an upload; some refuse the request.
        """
        if source is None:
            return self.begin()
        query = urlencode({"mount": self._blob.digest, "from": source}, safe=":/")
        try:
            return self.begin(f"?{query}", Scope("repository", source, frozenset({"pull"})))
        except (Unauthorized, Denied):
            return self.begin()

    def begin(self, query: str = "", *scopes: Scope) -> bool:
        """Open an upload; answers whether there is one."""
        response = self._registry.send(
            Request(
                "POST",
                f"{self._repository.name}/blobs/uploads/{query}",
                self._repository.scopes("pull", "push").union(scopes),
                {"Content-Length": "0"},
            )
        )
        if response.status_code == httpx.codes.CREATED:
            return False
        self._follow(response)
        self._offset = 0
        least = response.headers.get("oci-chunk-min-length", "")
        self._smallest = max(SMALLEST_CHUNK, int(least) if least.isdecimal() else 0)
        return True

    def send(self, content: Content) -> httpx.Response:
        """Send what is left; answers the reply that ends the upload, or the first refusal."""
        size = self._blob.size
        if self._offset == 0 and self._chunk >= size:
            return self._put(_Body(content, 0, size), size)
        while self._offset < size:
            end = min(self._offset + self._chunk, size)
            headers = {"Content-Range": f"{self._offset}-{end - 1}"}
            body = _Body(content, self._offset, end)
            response = self._ask("PATCH", headers, body, end - self._offset)
            if not response.is_success:
                return response
            self._follow(response)
            told = _end(response, end)
            # Amazon's ECR tells the end of the first chunk for ever; the digest will show.
            self._advance(told if told > self._offset else end)
        return self._put(b"", 0)

    def failed(self, problem: Exception, asked: float | None = None) -> None:
        """Wait before another try; raises the problem if there were enough without progress."""
        self._failures = 1 if self._offset > self._reached else self._failures + 1
        self._reached = max(self._reached, self._offset)
        if self._failures >= self._registry.patience.attempts:
            raise problem
        self._registry.pause(self._registry.patience.pause(self._failures, asked))

    def refused(self, response: httpx.Response) -> None:
        """Think of something else to try; raises the refusal if there is nothing."""
        problem = error_of(response, BlobUploadUnknown)
        is_patch = response.request.method == "PATCH"
        if is_patch and self._takes_chunks and response.status_code in _NO_CHUNKS:
            self._takes_chunks = False
            self._chunk = self._blob.size
        elif response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            if not self._takes_chunks or not self._shrink():
                raise problem
        else:
            self.failed(problem, retry_after(response))

    def resume(self) -> bool:
        """Find out where to go on; answers whether all is there already."""
        if self._takes_chunks and self._look():
            return False
        if blobs.exists(self._repository, self._blob.digest):
            return True
        if self._blob.size > CHUNK and self._chunk > CHUNK and self._failures > 1:
            self._shrink()  # whatever it was that cut off all of it twice
        return not self.begin()

    def _look(self) -> bool:
        """Find out how far the upload has come; answers whether it has come anywhere."""
        response = self._ask("GET", {}, None, None)
        self._offset = 0
        end = _end(response, 0)
        if not response.is_success or not end:
            return False
        self._advance(end)
        self._follow(response)
        return True

    def _shrink(self) -> bool:
        """Make bodies smaller; answers whether that was possible."""
        smaller = max(CHUNK if self._chunk > CHUNK else self._chunk // 4, self._smallest)
        if smaller >= self._chunk:
            return False
        self._chunk = smaller
        return True

    def _put(self, body: bytes | _Body, length: int) -> httpx.Response:
        mark = "&" if "?" in self._location else "?"
        target = f"{self._location}{mark}digest={self._blob.digest}"
        return self._ask("PUT", {}, body, length, target)

    def _ask(
        self,
        method: str,
        headers: Mapping[str, str],
        body: bytes | _Body | None,
        length: int | None,
        target: str = "",
    ) -> httpx.Response:
        framing = {"Content-Length": str(length), **_OCTETS} if length is not None else {}
        request = Request(
            method,
            target or self._location,
            self._repository.scopes("pull", "push"),
            {**headers, **framing},
            body,
            body.sender if isinstance(body, _Body) else None,
            repeats=body is None,
            accepts=_ACCEPTED.get(method, _MENDED),
        )
        return self._registry.send(request)

    def _follow(self, response: httpx.Response) -> None:
        """Each reply may name another place to go on at, relative to its own."""
        if location := response.headers.get("location"):
            self._location = str(response.url.join(location))
            self._claim.write(self._location)

    def _advance(self, end: int) -> None:
        """Believe where the upload ends, unless it makes no sense."""
        if not self._offset < end <= self._blob.size:
            raise BlobUploadInvalid(
                f"{self._registry.host} says that it has {end} bytes of {self._blob.digest}"
            )
        self._offset = end


def _end(response: httpx.Response, default: int) -> int:
    """Where the upload ends. `0-0` is one byte, or how many registries say that there is none."""
    last = response.headers.get("range", "").rpartition("=")[2].partition("-")[2]
    return int(last) + 1 if last.isdecimal() and last != "0" else default
