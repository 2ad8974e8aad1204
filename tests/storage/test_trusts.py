"""The contract of `directory.Trusts`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.registry.directory import Account
from longshore.registry.ports import Transaction
from longshore.registry.trust import Trust

HERE, THERE = "https://here.test", "https://there.test"
NAMES = ["A", "a", "a-b", "a.b", "a_b", "b"]


def trust(name: str, issuer: str = HERE, *, is_single_use: bool = False) -> Trust:
    return Trust(name, issuer, "us", (("repository", "a/*"), ("ref", "ü")), is_single_use)


def put(tx: Transaction, *trusts: Trust) -> None:
    for one in trusts:
        if tx.accounts.find(one.name) is None:
            tx.accounts.add(Account(one.name, "trust", "", is_enabled=True, created_at=0))
        tx.trusts.put(one)


async def test_a_trust_is_found_by_its_name_as_it_was_put(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.trusts.find("one") is None
        put(tx, trust("one"), trust("two", is_single_use=True))
        assert tx.trusts.find("one") == trust("one")
        assert tx.trusts.find("two") == trust("two", is_single_use=True)

    await metadata.write(check)


async def test_a_trust_takes_the_place_of_one_of_its_name(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        second = Trust("one", THERE, "them", (("sub", "*"),), is_single_use=True)
        put(tx, trust("one"), trust("two"), second)
        assert tx.trusts.find("one") == second
        assert tx.trusts.of(HERE) == [trust("two")]
        assert tx.trusts.of(THERE) == [second]

    await metadata.write(check)


async def test_a_trust_is_removed_by_its_name(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        put(tx, trust("one"), trust("two"))
        assert tx.trusts.remove("one")
        assert not tx.trusts.remove("one")
        assert tx.trusts.page("", 9) == [trust("two")]

    await metadata.write(check)


async def test_those_of_an_issuer_and_pages_are_in_byte_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        all_of_them = [trust(name) for name in NAMES]
        put(tx, *reversed(all_of_them))
        assert tx.trusts.of(HERE) == all_of_them
        assert tx.trusts.of(f"{HERE}/") == []
        assert tx.trusts.page("", 99) == all_of_them
        assert tx.trusts.page("", 2) == all_of_them[:2]
        assert [one.name for one in tx.trusts.page("a-b", 2)] == ["a.b", "a_b"]
        assert [one.name for one in tx.trusts.page("a-never-was", 1)] == ["a.b"]
        assert tx.trusts.page("b", 9) == []
        assert tx.trusts.page("", 0) == []

    await metadata.write(check)


async def test_a_later_use_of_a_token_is_told_where_the_first_one_was(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.trusts.used("digest", "10.0.0.1", until=50) is None
        assert tx.trusts.used("digest", "10.0.0.2", until=99) == "10.0.0.1"
        assert tx.trusts.used("digest", "10.0.0.2", until=99) == "10.0.0.1"
        assert tx.trusts.used("other", "10.0.0.2", until=99) is None

    await metadata.write(check)


async def test_a_use_is_forgotten_when_its_time_has_passed(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.trusts.used("digest", "10.0.0.1", until=50)
        tx.trusts.used("digest", "10.0.0.2", until=99)
        tx.trusts.forget_used(50)
        assert tx.trusts.used("digest", "10.0.0.3", until=99) == "10.0.0.1"
        tx.trusts.forget_used(51)
        assert tx.trusts.used("digest", "10.0.0.3", until=99) is None

    await metadata.write(check)
