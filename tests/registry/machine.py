"""A machine that does anything a client, a collector or a crash may do, in any order."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from longshore.oci.digest import Digest
from longshore.oci.errors import BlobUnknown, ManifestUnknown, OCIError
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import blobs, garbage, manifests, tags, uploads
from longshore.registry.blobs import READERS_GRACE
from tests.backends import chunks
from tests.content import Pushed, image, index
from tests.registry.material import (
    BLOBS_ALONE,
    BYTES,
    DIGESTS,
    MANIFESTS_FIRST,
    TAGS,
    USUAL,
    below,
    some_blob,
    some_number,
    some_order,
    some_repository,
    some_tags,
)
from tests.registry.model import Place, Refused
from tests.registry.pair import Effect, Pair, Write
from tests.registry.stepping import Gate, SteppingMetadata, stepping_store
from tests.registry.writes import mounting, putting, restoring


class Rules(RuleBasedStateMachine):
    """`backend`, `grace` and `window` are set by a class of its own for each."""

    backend = "memory"
    grace = 1_000_000
    window = 0

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair(self.backend, self.grace, self.window)
        self.pair.contents |= dict(zip(DIGESTS, BYTES, strict=True))
        self.model = self.pair.model
        self.made: list[Pushed] = []

    def teardown(self) -> None:
        try:
            if self.pair.is_sound:  # else something has failed, and that is what is told
                self.pair.end()
        finally:
            self.pair.close()

    @invariant()
    def everything_is_served_as_the_model_says(self) -> None:
        self.pair.compare()

    def learn(self, *many: Pushed) -> None:
        self.made += many
        self.model.made |= dict(many)

    def chosen(self, number: int) -> Pushed:
        return self.made[number % len(self.made)]

    def present(self, repository: RepositoryName, number: int) -> Pushed:
        """Mostly one that the repository has, since that is where more can go wrong."""
        there = self.model.there(repository).manifests
        found = [one for one in self.made if one.digest in there]
        return found[number % len(found)] if found and number % 4 else self.chosen(number)

    @initialize(
        pushes=st.lists(st.tuples(some_repository, some_number, some_tags), min_size=1, max_size=4)
    )
    def begin_with_images(self, pushes: list[tuple[RepositoryName, int, list[Tag]]]) -> None:
        """A registry that has been in use for long: what is tagged has been looked at."""
        self.learn(*USUAL)
        for push in pushes:
            self.push_image(*push)
        self.age()

    @rule(
        parts=st.lists(st.tuples(some_number, some_blob), min_size=1, max_size=3, unique=True),
        is_index=st.booleans(),
        subject=st.none() | some_number,
    )
    def make(self, parts: list[tuple[int, Digest]], is_index: bool, subject: int | None) -> None:
        named = None if subject is None else self.chosen(subject).digest
        if is_index:
            self.learn(
                index(*sorted({self.chosen(part).digest for part, _ in parts}), subject=named)
            )
        else:
            needs = [blob for _, blob in parts]
            self.learn(image(*needs[:2], elsewhere=needs[2:], subject=named))

    @rule(
        repository=some_repository,
        number=some_number,
        names=some_tags,
        condition=st.sampled_from(["none", "absent", "match"]),
        other=some_number,
    )
    def put(
        self, repository: RepositoryName, number: int, names: list[Tag], condition: str, other: int
    ) -> None:
        among = frozenset([self.chosen(other).digest]) if condition == "match" else None
        allowed = tags.Terms(tags.Condition(condition == "absent", among))
        self.pair.write(putting(self.model, repository, self.chosen(number), names, allowed))

    @rule(
        repository=some_repository,
        number=some_number,
        names=some_tags,
        order=some_order,
    )
    def push_image(
        self,
        repository: RepositoryName,
        number: int,
        names: list[Tag],
        order: str = MANIFESTS_FIRST,
    ) -> None:
        """All that a client does: what it needs, then itself. A child may come as a blob."""
        pushed = self.chosen(number)
        children_first = below(pushed, self.model.made)
        if order != MANIFESTS_FIRST:
            for child in sorted(pushed.manifest.children & set(self.model.made)):
                self.push_as_blob(repository, child)
            self.push_one(repository, pushed, names)
        if order != BLOBS_ALONE:
            for one in [*children_first, pushed]:
                self.push_one(repository, one, ())
        self.pair.write(putting(self.model, repository, pushed, names))

    def push_one(self, repository: RepositoryName, one: Pushed, names: Iterable[Tag]) -> None:
        for blob in sorted(one.manifest.blobs | (one.manifest.children & set(DIGESTS))):
            self.push_blob(repository, blob)
        self.pair.write(putting(self.model, repository, one, names))

    @rule(repository=some_repository, digest=some_blob)
    def push_blob(self, repository: RepositoryName, digest: Digest) -> None:
        self.finish_upload(repository, digest)
        while self.pair.step(-1):
            pass

    def push_as_blob(self, repository: RepositoryName, digest: Digest) -> None:
        self.pair.contents[digest] = self.model.made[digest].content
        self.push_blob(repository, digest)

    @rule(
        writes=st.lists(
            st.tuples(some_repository, st.integers(0, 5), some_number, some_tags, some_blob),
            min_size=1,
            max_size=4,
        )
    )
    def change(self, writes: list[tuple[RepositoryName, int, int, list[Tag], Digest]]) -> None:
        """Several changes at one time."""
        self.pair.write(*(self.changing(*write) for write in writes))

    def changing(
        self, repository: RepositoryName, kind: int, number: int, names: list[Tag], blob: Digest
    ) -> Write:
        model, (digest, _) = self.model, self.present(repository, number)
        tag = names[0] if names else TAGS[0]
        here = (repository,)
        return [
            putting(self.model, repository, self.chosen(number), names),
            Write(tags.delete, (*here, tag), lambda: model.delete_tag(*here, tag)),
            Write(manifests.delete, (*here, digest), lambda: model.delete_manifest(*here, digest)),
            Write(blobs.delete, (*here, blob), lambda: model.delete_blob(*here, blob)),
            mounting(self.model, repository, blob, number),
            restoring(self.model, repository, tag, digest if number % 2 else None),
        ][kind]

    @rule(repository=some_repository, number=some_number, tag=st.sampled_from(TAGS))
    def go_back(self, repository: RepositoryName, number: int, tag: Tag) -> None:
        """To something that was deleted, if there is such."""
        deleted = sorted(digest for name, digest in self.model.trash if name == repository)
        digest = deleted[number % len(deleted)] if deleted and number % 3 else None
        self.pair.write(restoring(self.model, repository, tag, digest))

    @rule(repository=some_repository, digest=some_blob)
    def finish_upload(self, repository: RepositoryName, digest: Digest) -> None:
        """All its bytes have come: what is left goes in steps."""
        pair, gate = self.pair, Gate()
        upload = pair.run(uploads.start(pair.store, repository, "sha256"))
        content = chunks(pair.contents[digest])
        pair.run(uploads.append(pair.store, repository, upload, content, None))
        store, metadata = stepping_store(pair.store, gate), SteppingMetadata(pair.metadata, gate)

        def effect(place: str, _: Refused) -> None:
            if place == "write":
                self.model.keep_blob(repository, digest)

        pair.begin(
            gate, lambda: uploads.finish(store, metadata, repository, upload, digest), effect
        )

    @rule()
    def unlink(self) -> None:
        pair, gate = self.pair, Gate()
        store, metadata = stepping_store(pair.store, gate), SteppingMetadata(pair.metadata, gate)

        def effect(_: str, refusal: Refused) -> None:
            assert refusal is None

        pair.begin(gate, lambda: garbage.unlink(metadata, store), effect)

    @rule(repository=some_repository, digest=some_blob)
    def promise_blob(self, repository: RepositoryName, digest: Digest) -> None:
        gate = Gate()
        metadata = SteppingMetadata(self.pair.metadata, gate)
        effect = self.promised(self.model.blobs, (repository, digest), BlobUnknown)
        self.pair.begin(gate, lambda: blobs.promise(metadata, repository, digest), effect)

    @rule(repository=some_repository, number=some_number)
    def promise_manifest(self, repository: RepositoryName, number: int) -> None:
        gate, digest = Gate(), self.present(repository, number).digest
        metadata = SteppingMetadata(self.pair.metadata, gate)
        effect = self.promised(self.model.manifests, (repository, digest), ManifestUnknown)
        self.pair.begin(gate, lambda: manifests.promise(metadata, repository, digest), effect)

    @rule(repository=some_repository, digest=some_blob, number=some_number, of_blob=st.booleans())
    def rely_on_a_promise(
        self,
        repository: RepositoryName,
        digest: Digest,
        number: int,
        of_blob: bool,
    ) -> None:
        """Just before most of the grace has passed, what was promised is still there."""
        if of_blob:
            self.push_blob(repository, digest)
        else:
            self.push_image(repository, number, [])
        self.pair.wait(self.grace // 2)
        if of_blob:
            self.promise_blob(repository, digest)
        else:
            self.promise_manifest(repository, number)
        while self.pair.step(-1):
            pass
        self.pair.wait(max(0, self.grace * 3 // 4 - 1))
        self.pair.collect_all()

    def promised(self, kind: dict[Place, Any], place: Place, unknown: type[OCIError]) -> Effect:
        def effect(_: str, refusal: Refused) -> None:
            assert refusal == (None if place in kind else unknown)
            if place in kind:
                self.model.promise(kind, place)

        return effect

    @precondition(lambda self: self.pair.running)
    @rule(number=some_number)
    def go_on(self, number: int) -> None:
        self.pair.step(number % len(self.pair.running))

    @precondition(lambda self: self.pair.running)
    @rule(number=some_number)
    def crash(self, number: int) -> None:
        self.pair.crash(number % len(self.pair.running))

    @rule(
        milliseconds=st.sampled_from([1, 250_000, 999_999, 1_000_000, 3_000_000, 2 * READERS_GRACE])
    )
    def wait(self, milliseconds: int) -> None:
        self.pair.wait(milliseconds)

    @rule()
    def age(self) -> None:
        self.pair.wait(2 * (self.grace + self.window + READERS_GRACE))
        self.pair.collect_all()

    @rule(limit=st.integers(1, 5))
    def collect(self, limit: int) -> None:
        self.pair.collect(limit)

    @rule()
    def collect_all(self) -> None:
        self.pair.collect_all()
