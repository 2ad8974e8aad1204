"""The contract of `directory.Groups`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.registry.ports import Transaction

NAMES = ["A", "a", "a-b", "a.b", "a_b", "b"]


async def test_members_come_and_go(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.groups.add("team", "alice")
        tx.groups.add("team", "alice")
        tx.groups.add("team", "bob")
        assert tx.groups.members("team") == ["alice", "bob"]
        assert tx.groups.remove("team", "alice")
        assert not tx.groups.remove("team", "alice")
        assert not tx.groups.remove("other", "bob")
        assert tx.groups.members("team") == ["bob"]

    await metadata.write(check)


async def test_groups_of_an_account_and_members_of_a_group_are_in_byte_order(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        for name in reversed(NAMES):
            tx.groups.add(name, "alice")
            tx.groups.add("team", name)
        assert tx.groups.of("alice") == NAMES
        assert tx.groups.members("team") == NAMES
        assert tx.groups.of("nobody") == []
        assert tx.groups.members("none") == []

    await metadata.write(check)


async def test_a_group_is_there_as_long_as_it_has_members(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.groups.page("", 9) == []
        for name in ("alice", "bob"):
            tx.groups.add("team", name)
        assert tx.groups.page("", 9) == ["team"]
        for name in ("alice", "bob"):
            tx.groups.remove("team", name)
        assert tx.groups.page("", 9) == []

    await metadata.write(check)


async def test_pages_are_in_byte_order_after_the_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for name in reversed(NAMES):
            for member in ("alice", "bob"):
                tx.groups.add(name, member)
        assert tx.groups.page("", 99) == NAMES
        assert tx.groups.page("", 2) == NAMES[:2]
        assert tx.groups.page("a-b", 2) == ["a.b", "a_b"]
        assert tx.groups.page("a-never-was", 1) == ["a.b"]
        assert tx.groups.page("b", 9) == []
        assert tx.groups.page("", 0) == []

    await metadata.write(check)
