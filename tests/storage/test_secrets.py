"""The contract of `directory.Secrets`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.registry.directory import Account, Secret
from longshore.registry.ports import Transaction

ONE = Secret("1", "build", "robot", "in CI", created_at=5, expires_at=100, last_used_at=None)
TWO = Secret("2", "build", "robot", "", created_at=4, expires_at=None, last_used_at=7)
OTHER = Secret("3", "alice", "refresh", "", created_at=3, expires_at=99, last_used_at=None)


def fill(tx: Transaction) -> None:
    for name in ("alice", "build"):
        tx.accounts.add(Account(name, "robot", "", is_enabled=True, created_at=0))
    for secret in (ONE, TWO, OTHER):
        tx.secrets.add(secret, f"digest {secret.id}")


async def test_a_secret_is_found_by_its_digest_as_it_was_added(metadata: Metadata) -> None:
    await metadata.write(fill)

    def check(tx: Transaction) -> None:
        for secret in (ONE, TWO, OTHER):
            assert tx.secrets.find(f"digest {secret.id}") == secret
        assert tx.secrets.find("1") is None
        assert tx.secrets.find("") is None

    await metadata.read(check)


async def test_those_of_an_account_are_listed_the_oldest_first(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        assert tx.secrets.of("build") == [TWO, ONE]
        assert tx.secrets.of("alice") == [OTHER]
        assert tx.secrets.of("nobody") == []

    await metadata.write(check)


async def test_a_use_is_noted_of_that_secret_alone(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        tx.secrets.use("1", 50)
        tx.secrets.use("none", 60)
        assert tx.secrets.find("digest 1") == ONE._replace(last_used_at=50)
        assert tx.secrets.of("build") == [TWO, ONE._replace(last_used_at=50)]
        assert tx.secrets.of("alice") == [OTHER]

    await metadata.write(check)


async def test_a_secret_is_removed_from_its_own_account_only(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        assert not tx.secrets.remove("alice", "1")
        assert not tx.secrets.remove("build", "none")
        assert tx.secrets.find("digest 1") == ONE
        assert tx.secrets.remove("build", "1")
        assert tx.secrets.find("digest 1") is None
        assert not tx.secrets.remove("build", "1")
        assert tx.secrets.of("build") == [TWO]

    await metadata.write(check)


async def test_what_expired_before_a_time_is_removed(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        tx.secrets.remove_expired(99)
        assert tx.secrets.of("alice") == [OTHER]
        tx.secrets.remove_expired(100)
        assert tx.secrets.of("alice") == []
        assert tx.secrets.of("build") == [TWO, ONE]
        tx.secrets.remove_expired(1 << 60)
        assert tx.secrets.of("build") == [TWO]

    await metadata.write(check)
