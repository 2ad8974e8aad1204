"""What one client knows of its repositories: what was acknowledged, and what is in doubt.

A tag has a set of values. It is one value when the last request about it was answered, and more
when the server was killed before it could answer.
"""

import time
from dataclasses import dataclass, field

from longshore.oci.digest import Digest
from tests.content import Pushed

Place = tuple[str, str]  # a repository, and a tag or a digest in it

WINDOW = 8.0  # seconds in which a tag can be restored; the server has the same


@dataclass
class Pending:
    """An upload that was begun; of its bytes, `acknowledged` have been."""

    repository: str
    location: str
    content: bytes
    acknowledged: int = 0
    is_ending: bool = False  # the request that ends it was sent


@dataclass
class Model:
    repositories: tuple[str, ...]
    contents: dict[Digest, bytes] = field(default_factory=dict)
    manifests: dict[Digest, Pushed] = field(default_factory=dict)
    tags: dict[Place, set[Digest | None]] = field(default_factory=dict)
    referrers: dict[Place, set[Digest]] = field(default_factory=dict)
    recent: list[tuple[str, Digest]] = field(default_factory=list)  # pushed since the last look
    upload: Pending | None = None
    sure: dict[Place, Digest | None] = field(default_factory=dict)  # what each tag was last
    asked: dict[Place, float] = field(default_factory=dict)  # when a tag was last to change
    former: dict[Place, tuple[Digest, float]] = field(default_factory=dict)  # and until when

    def values(self, repository: str, tag: str) -> set[Digest | None]:
        return self.tags.setdefault((repository, tag), {None})

    def attempt(self, repository: str, tag: str, digest: Digest | None) -> None:
        """A request is on its way that makes the tag this."""
        self.tags[repository, tag] = self.values(repository, tag) | {digest}
        self.asked[repository, tag] = time.monotonic()

    def settle(self, repository: str, tag: str, digest: Digest | None) -> None:
        """The tag is this, for sure. What it named before is there to be restored, and for now."""
        place = repository, tag
        before = self.sure.get(place)
        if before not in {None, digest}:
            self.former[place] = (before, self.asked[place] + WINDOW)
        self.sure[place] = digest
        for former in self.values(repository, tag) - {digest, None}:
            self.referrers.pop((repository, str(former)), None)
        self.tags[repository, tag] = {digest}

    def tags_of(self, repository: str, digest: Digest) -> list[str]:
        """Tags that name the manifest, or may."""
        return [t for (name, t), now in self.tags.items() if name == repository and digest in now]

    def tagged(self, repository: str) -> list[tuple[str, Digest]]:
        """Tags of which it is sure what they name."""
        sure = [(t, now) for (name, t), now in self.tags.items() if name == repository]
        return [(tag, one) for tag, now in sure if len(now) == 1 for one in now if one]
