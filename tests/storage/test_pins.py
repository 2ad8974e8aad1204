"""The contract of `ports.Pins`, and what it means to the collector, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.oci.names import RepositoryName
from longshore.registry.ports import Transaction
from tests.backends import Time
from tests.content import index

A, B = RepositoryName("a"), RepositoryName("b")
ONE, TWO = index(), index(annotations={"n": "2"})
PARENT = index(ONE.digest)


def fill(tx: Transaction) -> None:
    for repository in (A, B):
        tx.repositories.add(repository)
        for pushed in (ONE, TWO, PARENT):
            tx.manifests.add(repository, pushed.digest, pushed.manifest, tx.now)


async def test_pins_are_of_a_holder_and_a_repository(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        tx.pins.add("z", A, ONE.digest)
        tx.pins.add("y", A, ONE.digest)
        tx.pins.add("y", A, TWO.digest)
        tx.pins.add("y", B, TWO.digest)
        assert tx.pins.of("y", A) == {ONE.digest, TWO.digest}
        assert tx.pins.of("z", A) == {ONE.digest}
        assert tx.pins.of("z", B) == set()
        assert tx.pins.holder(A, ONE.digest) == "y"
        assert tx.pins.holder(B, ONE.digest) is None
        tx.pins.remove("y", A, ONE.digest)
        assert tx.pins.holder(A, ONE.digest) == "z"
        assert tx.pins.of("y", A) == {TWO.digest}
        assert tx.pins.of("y", B) == {TWO.digest}

    await metadata.write(check)


async def test_what_is_pinned_is_reached_with_all_that_it_holds(
    metadata: Metadata, time: Time
) -> None:
    def check(tx: Transaction) -> None:
        assert tx.garbage.unreachable(A, ONE.digest) == []
        assert tx.garbage.unreachable(A, PARENT.digest) == []
        assert tx.garbage.unreachable(A, TWO.digest) == [TWO.digest]
        assert set(tx.garbage.unreachable(B, ONE.digest)) == {ONE.digest, PARENT.digest}
        tx.pins.remove("y", A, PARENT.digest)
        assert set(tx.garbage.unreachable(A, ONE.digest)) == {ONE.digest, PARENT.digest}

    def begin(tx: Transaction) -> None:
        fill(tx)
        tx.pins.add("y", A, PARENT.digest)

    await metadata.write(begin)
    time.advance(1)
    await metadata.write(check)


async def test_a_pin_goes_with_its_manifest(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        tx.pins.add("y", A, TWO.digest)
        tx.manifests.remove(A, TWO.digest, 0)
        assert tx.pins.of("y", A) == set()
        tx.manifests.add(A, TWO.digest, TWO.manifest, 0)
        assert tx.pins.holder(A, TWO.digest) is None

    await metadata.write(check)
