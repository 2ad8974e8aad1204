"""The rules of logins: which accounts, secrets and tokens count now."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry import access, accounts, administration, logins
from longshore.registry.accounts import RESERVED
from longshore.registry.directory import Actor, Secret
from longshore.registry.grants import ANONYMOUS
from longshore.registry.logins import USE_EVERY, Holder, Login
from longshore.registry.ports import Transaction
from longshore.registry.trust import Trust
from tests.backends import HOUR, Time
from tests.registry.acts import Left, act
from tests.registry.granting import grant

ISSUER = "https://issuer.test"
HERE, THERE = Actor("ci", "10.0.0.1"), Actor("ci", "10.0.0.2")


def trust(name: str, *, is_single_use: bool = False) -> Trust:
    return Trust(name, ISSUER, "us", (("repository", "acme/app"),), is_single_use)


async def test_a_password_counts_as_long_as_its_account_is_let_in(metadata: Metadata) -> None:
    await metadata.write(accounts.add_user, "alice", "hash")
    await metadata.write(accounts.add, "build", "robot")
    assert await metadata.read(logins.password_of, "alice") == "hash"
    assert await metadata.read(logins.password_of, "build") is None
    assert await metadata.read(logins.password_of, "nobody") is None
    await metadata.write(accounts.enable, "alice", is_enabled=False)
    assert await metadata.read(logins.password_of, "alice") is None


async def test_a_file_speaks_for_names_that_mean_nothing_here(metadata: Metadata) -> None:
    await metadata.write(accounts.add_user, "alice", "hash")
    await metadata.write(accounts.enable, "alice", is_enabled=False)
    for name in ("bob", "Some Body", "ü"):
        assert await metadata.read(logins.may_be_elsewhere, name)
    for name in ("alice", "@team", *RESERVED):
        assert not await metadata.read(logins.may_be_elsewhere, name)


async def add_robot(metadata: Metadata, expires_at: int | None = None) -> Secret:
    await metadata.write(accounts.add, "build", "robot")
    return await metadata.write(accounts.add_secret, "build", "robot", "digest", "", expires_at)


async def test_a_secret_counts_until_it_expires(metadata: Metadata, time: Time) -> None:
    secret = await add_robot(metadata, time.now + 10)
    time.advance(9)
    assert await metadata.read(logins.by_secret, "digest") == secret
    assert await metadata.read(logins.by_secret, "other") is None
    time.advance(1)
    assert await metadata.read(logins.by_secret, "digest") is None


async def test_a_secret_without_an_end_counts_until_it_is_removed(
    metadata: Metadata, time: Time
) -> None:
    secret = await add_robot(metadata)
    time.advance(1_000_000 * HOUR)
    assert await metadata.read(logins.by_secret, "digest") == secret
    await metadata.write(accounts.remove_secret, "build", secret.id)
    assert await metadata.read(logins.by_secret, "digest") is None


async def test_secrets_of_who_is_not_let_in_do_not_count(metadata: Metadata) -> None:
    await add_robot(metadata)
    await metadata.write(accounts.enable, "build", is_enabled=False)
    assert await metadata.read(logins.by_secret, "digest") is None
    await metadata.write(accounts.enable, "build", is_enabled=True)
    assert await metadata.read(logins.by_secret, "digest") is not None


async def test_trusts_are_found_by_issuer_and_by_name_if_one_is_given(metadata: Metadata) -> None:
    for name in ("one", "two", "off"):
        await metadata.write(accounts.add_trust, trust(name))
    await metadata.write(accounts.enable, "off", is_enabled=False)
    both = [trust("one"), trust("two")]
    assert await metadata.read(logins.trusts, ISSUER, "oidc") == both
    assert await metadata.read(logins.trusts, ISSUER, "two") == both[1:]
    assert await metadata.read(logins.trusts, ISSUER, "off") == []
    assert await metadata.read(logins.trusts, ISSUER, "nobody") == []
    assert await metadata.read(logins.trusts, "https://other.test", "oidc") == []


async def test_a_token_may_be_used_again_from_where_it_was_used_first(metadata: Metadata) -> None:
    for _ in range(2):
        assert await metadata.by(HERE).write(logins.use_identity, trust("ci"), "one", 99) is None
    problem = await metadata.by(THERE).write(logins.use_identity, trust("ci"), "one", 99)
    assert problem == "the identity token was used from elsewhere"
    assert await metadata.by(THERE).write(logins.use_identity, trust("ci"), "two", 99) is None


async def test_a_token_for_a_single_use_is_used_once(metadata: Metadata) -> None:
    single = trust("ci", is_single_use=True)
    assert await metadata.by(HERE).write(logins.use_identity, single, "one", 99) is None
    problem = await metadata.by(HERE).write(logins.use_identity, single, "one", 99)
    assert problem == "the identity token was used before"


async def test_a_login_has_its_line(metadata: Metadata) -> None:
    secret = await add_robot(metadata)
    left = await act(metadata, logins.note, Login("build", secret))
    assert left == Left([("login", "build", {"secret": secret.id})], is_told=False)
    assert (await act(metadata, logins.note, Login("alice"))).lines == [("login", "alice", {})]


def last_use(tx: Transaction) -> int | None:
    [secret] = tx.secrets.of("build")
    return secret.last_used_at


async def test_the_last_use_of_a_secret_is_noted_now_and_then(
    metadata: Metadata, time: Time
) -> None:
    await add_robot(metadata)
    first = time.now

    async def use() -> int | None:
        secret = await metadata.read(logins.by_secret, "digest")
        await metadata.write(logins.note, Login("build", secret))
        return await metadata.read(last_use)

    assert await use() == first
    time.advance(USE_EVERY)
    assert await use() == first
    time.advance(1)
    assert await use() == time.now


def holder(name: str, time: Time, *, age: int = 0, is_elsewhere: bool = False) -> Holder:
    return Holder(name, (time.now - age) // 1000, is_elsewhere)


async def test_a_token_has_the_grants_of_now(metadata: Metadata, time: Time) -> None:
    await metadata.write(accounts.add, "alice", "user")
    time.advance(1000)
    alice = holder("alice", time)
    found = await metadata.read(logins.token_holder, alice)
    assert found == await metadata.read(access.caller, "alice")
    await metadata.write(administration.grant, grant("alice", "a:pull"))
    found = await metadata.read(logins.token_holder, alice)
    assert found is not None
    assert found.grants == (grant("alice", "a:pull"),)
    await metadata.write(accounts.enable, "alice", is_enabled=False)
    assert await metadata.read(logins.token_holder, alice) is None


async def test_a_token_for_anybody_is_good_whoever_there_is(metadata: Metadata, time: Time) -> None:
    found = await metadata.read(logins.token_holder, holder(ANONYMOUS, time))
    assert found == await metadata.read(access.caller, ANONYMOUS)


async def test_a_token_is_good_no_more_when_its_account_is_gone(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(accounts.add, "alice", "user")
    await metadata.write(accounts.remove, "alice")
    assert await metadata.read(logins.token_holder, holder("alice", time)) is None


@pytest.mark.parametrize(("age", "is_good"), [(1000, False), (0, True)])
async def test_a_token_is_not_good_for_who_has_the_name_later(
    age: int, is_good: bool, metadata: Metadata, time: Time
) -> None:
    time.advance(999)  # tokens know seconds
    await metadata.write(accounts.add, "alice", "user")
    found = await metadata.read(logins.token_holder, holder("alice", time, age=age))
    assert (found is not None) == is_good


async def test_a_token_of_who_is_in_a_file_is_good_as_long_as_that_is_so(
    metadata: Metadata, time: Time
) -> None:
    elsewhere = holder("bob", time, is_elsewhere=True)
    found = await metadata.read(logins.token_holder, elsewhere)
    assert found == await metadata.read(access.caller, "bob")
    gone = elsewhere._replace(is_elsewhere=False)
    assert await metadata.read(logins.token_holder, gone) is None
    taken = elsewhere._replace(name="@team")
    assert await metadata.read(logins.token_holder, taken) is None


async def test_a_certificate_stands_for_the_account_that_it_names(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "alice", "user")
    assert (await metadata.read(logins.certified, "alice")).name == "alice"
    await metadata.write(accounts.enable, "alice", is_enabled=False)
    for name in ("alice", "nobody", *RESERVED):
        found = await metadata.read(logins.certified, name)
        assert found == await metadata.read(access.caller, ANONYMOUS)


async def test_what_is_good_for_nothing_any_more_is_forgotten(
    metadata: Metadata, time: Time
) -> None:
    await add_robot(metadata, time.now + 10)
    await metadata.by(HERE).write(logins.use_identity, trust("ci"), "one", time.now + 10)
    await metadata.write(logins.forget)
    assert await metadata.read(logins.by_secret, "digest") is not None
    time.advance(10 + logins.MARGIN + 1)
    await metadata.write(logins.forget)
    assert await metadata.read(lambda tx: tx.secrets.of("build")) == []
    assert await metadata.by(THERE).write(logins.use_identity, trust("ci"), "one", 99) is None
