"""The contract of `directory.Keys`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.registry.credentials import Key
from longshore.registry.directory import SigningKey
from longshore.registry.ports import Transaction

OLD = SigningKey(Key("z", bytes(range(32))), created_at=1, retired_at=5)
NEW = SigningKey(Key("a", b"\0" * 32), created_at=2, retired_at=None)


def fill(tx: Transaction) -> None:
    for key in (OLD, NEW):
        tx.keys.add(key)


async def test_all_are_there_as_they_were_added_the_newest_first(metadata: Metadata) -> None:
    await metadata.write(fill)
    assert await metadata.read(lambda tx: tx.keys.all()) == [NEW, OLD]


async def test_keys_of_one_moment_have_an_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        twins = [SigningKey(Key(name, b""), 1, None) for name in "abc"]
        for key in reversed(twins):
            tx.keys.add(key)
        assert tx.keys.all() == twins

    await metadata.write(check)


async def test_a_key_retires_and_goes(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        tx.keys.retire("a", 9)
        tx.keys.retire("none", 9)
        assert tx.keys.all() == [NEW._replace(retired_at=9), OLD]
        tx.keys.remove("z")
        tx.keys.remove("none")
        assert tx.keys.all() == [NEW._replace(retired_at=9)]

    await metadata.write(check)
