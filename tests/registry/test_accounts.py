"""The rules of accounts: what may be a name, and what comes and goes with an account."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry import access, accounts, administration
from longshore.registry.accounts import RESERVED, check_name
from longshore.registry.directory import Account, Kind, Secret
from longshore.registry.refusals import Exists, Invalid, Refusal, Unknown
from longshore.registry.trust import Trust
from tests.backends import Time
from tests.registry.acts import Left, act
from tests.registry.granting import grant

TRUST = Trust("github", "https://issuer.test", "us", (("repository", "acme/app"),), False)  # noqa: FBT003


@pytest.mark.parametrize("name", ["a", "0", "A", "a.b@c+d-e_f", "x" * 64])
def test_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "@a", "-a", ".a", "a b", "a:b", "a/b", "a\n", "ü", "x" * 65, *sorted(RESERVED)]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_names_with_a_meaning_of_their_own_are_no_accounts() -> None:
    assert {"anonymous", "authenticated", "system", "local", "oidc"} == RESERVED


async def test_an_account_is_made_with_a_line(metadata: Metadata, time: Time) -> None:
    left = await act(metadata, accounts.add, "build", "robot", "for CI")
    assert left == Left([("robot.add", "build", {})], is_told=True)
    expected = Account("build", "robot", "for CI", is_enabled=True, created_at=time.now)
    assert await metadata.read(accounts.find, "build") == expected


@pytest.mark.parametrize("kind", ["user", "robot", "trust"])
async def test_a_name_is_one_accounts(kind: Kind, metadata: Metadata) -> None:
    await metadata.write(accounts.add, "alice", "user")
    with pytest.raises(Exists, match="there is a user alice already"):
        await metadata.write(accounts.add, "alice", kind)
    with pytest.raises(Invalid):
        await metadata.write(accounts.add, "oidc", kind)


async def test_a_user_has_a_password_from_the_beginning(metadata: Metadata) -> None:
    left = await act(metadata, accounts.add_user, "alice", "hash", "a person")
    assert left == Left([("user.add", "alice", {})], is_told=True)
    assert await metadata.read(lambda tx: tx.accounts.password("alice")) == "hash"
    assert await metadata.read(accounts.is_user, "alice")
    assert not await metadata.read(accounts.is_user, "bob")


async def test_a_trust_has_its_policy(metadata: Metadata) -> None:
    left = await act(metadata, accounts.add_trust, TRUST)
    assert left == Left([("trust.add", "github", {})], is_told=True)
    assert await metadata.read(lambda tx: tx.trusts.find("github")) == TRUST
    assert not await metadata.read(accounts.is_user, "github")


async def test_an_account_is_found_by_its_kind(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "alice", "user")
    found = await metadata.read(accounts.find, "alice", "user")
    assert found == await metadata.read(accounts.find, "alice")
    with pytest.raises(Unknown, match="no robot alice"):
        await metadata.read(accounts.find, "alice", "robot")
    with pytest.raises(Unknown, match="no account bob"):
        await metadata.read(accounts.find, "bob")


async def add_secret(
    metadata: Metadata, name: str, digest: str, expires_at: int | None = None
) -> Secret:
    kind = await metadata.read(lambda tx: accounts.find(tx, name).kind)
    return await metadata.write(
        accounts.add_secret,
        name,
        "refresh" if kind == "user" else "robot",
        digest,
        "a label",
        expires_at,
    )


async def test_who_is_logged_in_with_a_former_password_is_logged_out(metadata: Metadata) -> None:
    for name in ("alice", "bob"):
        await metadata.write(accounts.add_user, name, "first")
        await add_secret(metadata, name, f"digest of {name}")
    left = await act(metadata, accounts.change_password, "alice", "second")
    assert left == Left([("user.password", "alice", {})], is_told=True)
    assert await metadata.read(lambda tx: tx.accounts.password("alice")) == "second"
    assert await metadata.read(lambda tx: tx.secrets.of("alice")) == []
    assert len(await metadata.read(lambda tx: tx.secrets.of("bob"))) == 1


async def test_robots_have_no_password(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "build", "robot")
    with pytest.raises(Unknown, match="no user build"):
        await metadata.write(accounts.change_password, "build", "hash")
    assert await metadata.read(lambda tx: tx.accounts.password("build")) is None


async def test_an_account_is_disabled_and_let_in_again(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "build", "robot", "for CI")
    before = await metadata.read(accounts.find, "build")
    await add_secret(metadata, "build", "digest")
    left = await act(metadata, accounts.enable, "build", is_enabled=False)
    assert left == Left([("robot.disable", "build", {})], is_told=True)
    assert await metadata.read(accounts.find, "build") == before._replace(is_enabled=False)
    left = await act(metadata, accounts.enable, "build", is_enabled=True)
    assert left == Left([("robot.enable", "build", {})], is_told=True)
    assert await metadata.read(accounts.find, "build") == before
    assert len(await metadata.read(lambda tx: tx.secrets.of("build"))) == 1


async def test_an_account_goes_with_what_it_had(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "build", "robot")
    await add_secret(metadata, "build", "digest")
    await metadata.write(administration.grant, grant("build", "**:pull"))
    await metadata.write(administration.add_member, "team", "build")
    left = await act(metadata, accounts.remove, "build")
    assert left == Left([("robot.remove", "build", {})], is_told=True)
    await metadata.write(accounts.add, "build", "robot")
    caller = await metadata.read(access.caller, "build")
    assert caller.grants == ()
    assert await metadata.read(lambda tx: tx.secrets.find("digest")) is None


async def test_a_secret_is_kept_by_its_digest_with_a_line(metadata: Metadata, time: Time) -> None:
    await metadata.write(accounts.add, "build", "robot")
    expires_at = time.now + 1
    left = await act(metadata, accounts.add_secret, "build", "robot", "digest", "in CI", expires_at)
    [secret] = await metadata.read(lambda tx: tx.secrets.of("build"))
    assert secret == Secret(secret.id, "build", "robot", "in CI", time.now, expires_at, None)
    assert await metadata.read(lambda tx: tx.secrets.find("digest")) == secret
    detail = {"id": secret.id, "kind": "robot", "expires_at": expires_at}
    # Nobody is known by less than before: no worker has to forget what it has verified.
    assert left == Left([("secret.add", "build", detail)], is_told=False)


async def test_a_robot_has_many_secrets_of_which_one_is_removed(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "build", "robot")
    await metadata.write(accounts.add, "other", "robot")
    first, second = [await add_secret(metadata, "build", digest) for digest in ("one", "two")]
    assert first.id != second.id
    with pytest.raises(Unknown, match="other has no secret"):
        await metadata.write(accounts.remove_secret, "other", first.id)
    left = await act(metadata, accounts.remove_secret, "build", first.id)
    assert left == Left([("secret.remove", "build", {"id": first.id})], is_told=True)
    assert await metadata.read(lambda tx: tx.secrets.of("build")) == [second]


async def test_secrets_that_can_not_be(metadata: Metadata, time: Time) -> None:
    await metadata.write(accounts.add, "alice", "user")
    with pytest.raises(Unknown, match="no robot nobody"):
        await metadata.write(accounts.add_secret, "nobody", "robot", "digest")
    with pytest.raises(Unknown, match="no account nobody"):
        await metadata.write(accounts.add_secret, "nobody", "refresh", "digest")
    with pytest.raises(Unknown, match="no robot alice"):
        await metadata.write(accounts.add_secret, "alice", "robot", "digest")
    with pytest.raises(Invalid, match="expired already"):
        await metadata.write(accounts.add_secret, "alice", "refresh", "digest", "", time.now)
    assert await metadata.read(lambda tx: tx.secrets.find("digest")) is None


async def test_what_was_refused_leaves_nothing(metadata: Metadata) -> None:
    for rule, arguments in (
        (accounts.add, ("-", "user")),
        (accounts.remove, ("nobody",)),
        (accounts.change_password, ("nobody", "hash")),
        (accounts.remove_secret, ("nobody", "1")),
    ):
        with pytest.raises(Refusal):
            await metadata.write(rule, *arguments)
    with pytest.raises(Unknown):
        await metadata.write(accounts.enable, "nobody", is_enabled=True)
    assert await metadata.read(lambda tx: tx.audit.page(0, 9)) == []
    assert await metadata.read(access.state) == access.State(0, is_secured=False)


async def test_the_oldest_sessions_go(metadata: Metadata, time: Time) -> None:
    await metadata.write(accounts.add, "alice", "user")
    for number in range(accounts.SESSIONS + 2):
        time.advance(1)
        await metadata.write(accounts.add_secret, "alice", "refresh", f"digest {number}")
    assert await metadata.read(lambda tx: tx.secrets.find("digest 1")) is None
    assert await metadata.read(lambda tx: tx.secrets.find("digest 2")) is not None
