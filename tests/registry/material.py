"""What the machine works with: few names and few bytes, so that they meet often."""

from collections.abc import Mapping

from hypothesis import strategies as st

from longshore.oci.digest import Digest
from longshore.oci.manifest import Manifest
from longshore.oci.names import Tag
from longshore.registry.access import NOBODY, OPEN
from tests.content import Pushed, image, index
from tests.registry.granting import known
from tests.registry.pair import REPOSITORIES

MANIFESTS_FIRST, BLOBS_FIRST, BLOBS_ALONE = "manifests first", "blobs first", "blobs alone"
TAGS = [Tag("latest"), Tag("1"), Tag("1.0")]
BYTES = [b"", b"one", b"two" * 1000, b"three", b"four"]
DIGESTS = [Digest.of(content) for content in BYTES[:-1]] + [Digest.of(BYTES[-1], "sha512")]
EMPTY, ONE, TWO, THREE, _ = DIGESTS

# Who mounts, and what each may read: all, nothing, the one or the other.
CALLERS = [
    (OPEN, set(REPOSITORIES)),
    (NOBODY, set()),
    (known("*:pull"), {REPOSITORIES[0]}),
    (known("a/**:push"), {REPOSITORIES[1]}),
]

some_repository = st.sampled_from(REPOSITORIES)
some_blob = st.sampled_from(DIGESTS)
some_number = st.integers(0, 99)  # of a manifest, modulo how many were made
some_tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True)
some_order = st.sampled_from([MANIFESTS_FIRST, BLOBS_FIRST, BLOBS_ALONE])

_child, _other = image(ONE, TWO), image(THREE, elsewhere=[EMPTY])
_group = index(_child.digest, _other.digest)
_signature = image(ONE, subject=_group.digest, artifact_type="application/x.signature")
# Manifests of every kind; more are made on the way.
USUAL = (
    _child,
    _other,
    _group,
    index(_child.digest, subject=_child.digest),
    _signature,
    image(EMPTY, subject=_signature.digest),
    index(TWO, _child.digest),
)


def below(pushed: Pushed, made: Mapping[Digest, Manifest]) -> list[Pushed]:
    """All manifests that one lists and they list in turn, in the order of a push."""
    found: list[Pushed] = []
    for child in sorted(pushed.manifest.children & set(made)):
        one = Pushed(child, made[child])
        found += [*below(one, made), one]
    return found
