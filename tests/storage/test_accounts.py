"""The contract of `directory.Accounts`, on every backend."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry.directory import Account, Secret
from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction
from longshore.registry.trust import Trust

ALICE = Account("alice", "user", "the first", is_enabled=True, created_at=1)
BUILD = Account("build", "robot", "", is_enabled=False, created_at=2)
GITHUB = Account("github", "trust", "", is_enabled=True, created_at=3)
PULL = frozenset({Verb.PULL})
NAMES = ["A", "B", "a", "a+", "a-b", "a.b", "a@b", "a_b", "b"]


def add(tx: Transaction, *accounts: Account) -> None:
    for account in accounts:
        tx.accounts.add(account)


async def test_an_account_is_found_by_its_name_as_it_was_added(metadata: Metadata) -> None:
    await metadata.write(add, ALICE, BUILD)

    def check(tx: Transaction) -> None:
        assert [tx.accounts.find(one.name) for one in (ALICE, BUILD)] == [ALICE, BUILD]
        assert tx.accounts.find("Alice") is None
        assert tx.accounts.find("") is None

    await metadata.read(check)


async def test_description_and_state_change_and_nothing_else(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx, ALICE, BUILD)
        tx.accounts.set_password("alice", "hash")
        changed = Account("alice", "robot", "the second", is_enabled=False, created_at=99)
        tx.accounts.change(changed)
        assert tx.accounts.find("alice") == changed._replace(kind="user", created_at=1)
        assert tx.accounts.password("alice") == "hash"
        assert tx.accounts.find("build") == BUILD

    await metadata.write(check)


async def test_a_password_is_of_its_account_alone(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        add(tx, ALICE, BUILD)
        assert tx.accounts.password("alice") is None
        tx.accounts.set_password("alice", "first")
        tx.accounts.set_password("alice", "second")
        assert tx.accounts.password("alice") == "second"
        assert tx.accounts.password("build") is None

    await metadata.write(check)


async def test_there_is_no_password_without_an_account(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        tx.accounts.set_password("nobody", "hash")
        assert tx.accounts.password("nobody") is None

    await metadata.write(check)


def fill(tx: Transaction, account: Account) -> None:
    """All that an account can have."""
    name = account.name
    tx.accounts.add(account)
    tx.accounts.set_password(name, "hash")
    secret = Secret(f"of {name}", name, "robot", "", 0, None, None)
    tx.secrets.add(secret, f"digest of {name}")
    tx.groups.add("team", name)
    tx.grants.put(Grant(name, EVERYTHING, PULL))
    tx.trusts.put(Trust(name, "https://issuer.test", "us", (("a", "b"),), is_single_use=False))


async def test_an_account_goes_with_all_that_is_its_own(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, ALICE)
        fill(tx, GITHUB)
        tx.grants.put(Grant("@team", Pattern("alice"), PULL))
        tx.accounts.remove("alice")
        assert tx.accounts.find("alice") is None
        assert tx.accounts.password("alice") is None
        assert tx.secrets.of("alice") == []
        assert tx.secrets.find("digest of alice") is None
        assert tx.groups.of("alice") == []
        assert tx.trusts.find("alice") is None
        assert [grant.subject for grant in tx.grants.page(("", ""), 9)] == ["@team", "github"]

    await metadata.write(check)


async def test_others_keep_theirs(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, ALICE)
        fill(tx, GITHUB)
        tx.accounts.remove("alice")
        tx.accounts.remove("nobody")
        assert tx.accounts.find("github") == GITHUB
        assert tx.accounts.password("github") == "hash"
        assert len(tx.secrets.of("github")) == 1
        assert tx.groups.members("team") == ["github"]
        assert tx.trusts.find("github") is not None

    await metadata.write(check)


async def test_a_name_that_comes_again_has_nothing_of_the_former(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx, ALICE)
        tx.accounts.remove("alice")
        tx.accounts.add(ALICE)
        assert tx.accounts.password("alice") is None
        assert tx.secrets.of("alice") == []
        assert tx.groups.of("alice") == []
        assert tx.grants.of(["alice"]) == []

    await metadata.write(check)


@pytest.mark.parametrize(
    ("last", "limit", "expected"),
    [
        ("", 99, NAMES),
        ("", 3, NAMES[:3]),
        ("a-b", 2, ["a.b", "a@b"]),
        ("a-never-was", 1, ["a.b"]),
        ("b", 9, []),
        ("", 0, []),
    ],
)
async def test_pages_are_in_byte_order_after_the_last(
    last: str, limit: int, expected: list[str], metadata: Metadata
) -> None:
    def check(tx: Transaction) -> None:
        add(tx, *(ALICE._replace(name=name) for name in reversed(NAMES)))
        assert [account.name for account in tx.accounts.page(last, limit)] == expected

    await metadata.write(check)
