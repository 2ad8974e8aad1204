"""What the rules need of the world: rows in a transaction. Bytes have ports in `stores`.

Every port states its contract; one suite of tests runs it on every implementation.
Nothing here knows a database, a file system or a network.

A `Transaction` is valid inside one rule. All of a write's rows become visible together
or, when the rule raises, not at all. Listings come in byte order, after `last`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.directory import Actor, Directory
from longshore.registry.history import History, Trash
from longshore.registry.inspecting import Inspection, Mending
from longshore.registry.records import (
    Blob,
    Candidate,
    Discarded,
    Referrer,
    StoredBlob,
    StoredManifest,
)

P = ParamSpec("P")
T = TypeVar("T")
Rows_co = TypeVar("Rows_co", covariant=True, bound="Transaction")


class Repositories(Protocol):
    """Repositories come with their first content and go with their last."""

    def add(self, name: RepositoryName) -> bool:
        """Make it, unless it is there; answers whether it was made."""

    def has_manifests(self, name: RepositoryName) -> bool: ...

    def page(self, last: str, limit: int) -> list[RepositoryName]:
        """Names of repositories that hold a manifest."""

    def remove_if_empty(self, name: RepositoryName) -> None:
        """Remove it if it holds neither manifests nor blobs."""


class Blobs(Protocol):
    """Blobs, as repositories hold them: one row of bytes, a link from each repository."""

    def find(self, repository: RepositoryName, digest: Digest) -> Blob | None: ...

    def find_anywhere(self, digest: Digest) -> StoredBlob | None: ...

    def add(self, repository: RepositoryName, blob: StoredBlob, until: int) -> StoredBlob:
        """Link the blob to the repository, which exists, and keep it until then at least.

        Answers what is stored: of two pushes of one digest, the first one's key.
        """

    def move(self, blob: StoredBlob) -> None:
        """Let the blob of that digest, if there is one, have these bytes from now on."""

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        """Keep it until then at least; False if the repository does not hold it."""

    def user(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        """A manifest of the repository that references the blob, if there is one."""

    def remove(self, repository: RepositoryName, digest: Digest, discard_at: int) -> int:
        """Unlink a blob that no manifest references; answers the bytes that this set free.

        With its last link the blob's row goes, and its bytes are discarded at that time.
        """


class Manifests(Protocol):
    """Manifests of a repository, with what each of them holds and what holds it."""

    def by_tag(self, repository: RepositoryName, tag: Tag) -> StoredManifest | None: ...

    def by_digest(self, repository: RepositoryName, digest: Digest) -> StoredManifest | None: ...

    def missing(self, repository: RepositoryName, manifest: Manifest) -> list[Digest]:
        """Which blobs and children of the manifest the repository does not hold, sorted.

        A child may be held as a manifest or as a blob.
        """

    def add(
        self, repository: RepositoryName, digest: Digest, manifest: Manifest, until: int
    ) -> None:
        """Insert it with its references, of which none is missing, or keep what is there."""

    def keep(self, repository: RepositoryName, digest: Digest, until: int) -> bool:
        """Keep it until then at least; False if the repository does not hold it."""

    def parent(self, repository: RepositoryName, digest: Digest) -> Digest | None:
        """An index of the repository that lists the manifest, if there is one."""

    def remove(self, repository: RepositoryName, digest: Digest, until: int) -> None:
        """Remove it with its tags. What it held is kept until then at least, then looked at."""

    def referrers(
        self, repository: RepositoryName, subject: Digest, artifact_type: str | None, last: str
    ) -> Iterator[Referrer]:
        """Manifests whose subject this is, in the order of their digests, after `last`."""


class Tags(Protocol):
    """Tags of a repository: each a name of one manifest."""

    def find(self, repository: RepositoryName, tag: Tag) -> Digest | None: ...

    def point(self, repository: RepositoryName, tag: Tag, digest: Digest) -> None:
        """Make the tag name that manifest, which exists, whatever it named before."""

    def remove(self, repository: RepositoryName, tag: Tag) -> None: ...

    def of(self, repository: RepositoryName, digest: Digest) -> list[Tag]:
        """All names of that manifest, in order."""

    def page(self, repository: RepositoryName, last: str, limit: int) -> list[Tag]: ...

    def numbered(
        self,
        repository: RepositoryName,
        beginning: Sequence[int] = (),
        ending: str | None = None,
        suffix: str = "",
    ) -> Iterator[Tag]:
        """Tags that begin with three numbers (`registry.numbers`), the highest numbers first.

        Only those whose numbers begin with these, with that ending, if one is given, and with an
        ending that ends in the suffix. Reading on costs as much as what is read.
        """


class Pins(Protocol):
    """Manifests that somebody needs, whatever tags name them; `holder` is who, in words."""

    def add(self, holder: str, repository: RepositoryName, digest: Digest) -> None:
        """The repository holds the manifest, and the holder has not pinned it."""

    def remove(self, holder: str, repository: RepositoryName, digest: Digest) -> None: ...

    def of(self, holder: str, repository: RepositoryName) -> set[Digest]: ...

    def holder(self, repository: RepositoryName, digest: Digest) -> str | None:
        """Somebody who needs that manifest, the first by name, if anybody does."""


class Garbage(Protocol):
    """The collector's view: what to look at, what reaches it, and what is to be unlinked."""

    def due(self, limit: int) -> list[Candidate]:
        """Content whose time has come, manifests before blobs, the oldest first."""

    def unreachable(self, repository: RepositoryName, digest: Digest) -> list[Digest]:
        """The manifest and all that holds it, if nothing of that is tagged, pinned or still kept.

        Empty when something reaches the manifest.
        """

    def settle(self, candidate: Candidate) -> None:
        """Something reaches it: look no more until it loses a reference."""

    def discarded(self, limit: int) -> list[Discarded]:
        """Bytes whose time to be unlinked has come."""

    def forget(self, keys: Sequence[str]) -> None:
        """These bytes are unlinked."""

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that a blob or a discarded blob has."""

    def users(self, repository: RepositoryName, digest: Digest) -> Iterator[Digest]:
        """Every manifest of the repository that references the blob, or names it."""

    def holders(self, digest: Digest) -> Iterator[RepositoryName]:
        """The repositories that hold the blob."""


class Statistics(Protocol):
    """Totals by name; the names are the caller's."""

    def measure(self) -> Mapping[str, int]:
        """Count all rows. Slow: it reads them."""

    def totals(self) -> Mapping[str, int]: ...

    def replace(self, amounts: Mapping[str, int]) -> None: ...

    def add(self, amounts: Mapping[str, int]) -> None: ...


class Transaction(Directory, Protocol):
    """Rows as they are at one moment, and for whom: `actor`.

    `now` is in milliseconds, and so are the periods `grace` and `window`, in which what was deleted
    can be restored; 0 is not at all.
    """

    @property
    def now(self) -> int: ...
    @property
    def grace(self) -> int: ...
    @property
    def window(self) -> int: ...
    @property
    def repositories(self) -> Repositories: ...
    @property
    def blobs(self) -> Blobs: ...
    @property
    def manifests(self) -> Manifests: ...
    @property
    def tags(self) -> Tags: ...
    @property
    def history(self) -> History: ...
    @property
    def trash(self) -> Trash: ...
    @property
    def pins(self) -> Pins: ...
    @property
    def garbage(self) -> Garbage: ...
    @property
    def statistics(self) -> Statistics: ...
    @property
    def inspection(self) -> Inspection: ...
    @property
    def mending(self) -> Mending: ...
    @property
    def actor(self) -> Actor: ...


class Metadata(Protocol[Rows_co]):
    """Runs a rule inside one transaction, which has the rows of this layer, or more.

    When `write` answers, the rows are durable: a power cut does not undo them. A rule may be
    run while others wait, never twice, and must not block.
    """

    def by(self, actor: Actor) -> Metadata[Rows_co]:
        """The same rows, changed for somebody: the actor of each transaction begun by this."""

    async def read(
        self, rule: Callable[Concatenate[Rows_co, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    async def write(
        self, rule: Callable[Concatenate[Rows_co, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...
