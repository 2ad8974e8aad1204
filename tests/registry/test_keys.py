"""The rules of keys: which one signs, and how long the others are good."""

from longshore.delivery.ports import Metadata
from longshore.registry import access, keys
from longshore.registry.credentials import Key
from tests.backends import Time
from tests.registry.acts import act

LIFETIME = 300_000  # ms


async def test_a_registry_gets_a_key_and_a_name_once(metadata: Metadata) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    assert first.good == (first.signing,)
    assert len(first.signing.secret) == keys.BYTES
    assert first.audience.startswith("longshore-")
    await metadata.write(keys.prepare)
    assert await metadata.read(keys.ring) == first


async def test_no_two_registries_have_one_key_or_one_name(metadata: Metadata) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    await metadata.write(lambda tx: tx.facts.put(keys.AUDIENCE, "another"))
    await metadata.write(lambda tx: tx.keys.remove(first.signing.id))
    await metadata.write(keys.prepare)
    second = await metadata.read(keys.ring)
    assert second.signing.id != first.signing.id
    assert second.signing.secret != first.signing.secret
    assert second.audience == "another"


async def test_a_rotation_logs_nobody_out(metadata: Metadata, time: Time) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    time.advance(1)
    left = await act(metadata, keys.rotate, LIFETIME)
    second = await metadata.read(keys.ring)
    assert left.lines == [("key.rotate", second.signing.id, {})]
    assert left.is_told
    assert second.signing != first.signing
    assert second.audience == first.audience
    # A token that was signed a moment ago is good for all of its time, and no longer.
    time.advance(LIFETIME - 1)
    assert set((await metadata.read(keys.ring)).good) == {first.signing, second.signing}
    time.advance(1)
    assert (await metadata.read(keys.ring)).good == (second.signing,)


async def test_rotations_in_a_row_keep_all_that_are_good(metadata: Metadata, time: Time) -> None:
    await metadata.write(keys.prepare)
    for _ in range(3):
        time.advance(1)
        await metadata.write(keys.rotate, LIFETIME)
    ring = await metadata.read(keys.ring)
    assert len(ring.good) == 4
    assert ring.good[0] == ring.signing


async def test_a_retired_key_goes(metadata: Metadata, time: Time) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    await metadata.write(keys.rotate, LIFETIME)
    time.advance(LIFETIME)
    await metadata.write(keys.rotate, LIFETIME)
    kept = await metadata.read(lambda tx: tx.keys.all())
    assert first.signing not in [one.key for one in kept]
    assert len(kept) == 2


async def test_a_retirement_is_not_put_off_by_another_rotation(
    metadata: Metadata, time: Time
) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    await metadata.write(keys.rotate, LIFETIME)
    time.advance(LIFETIME - 1)
    await metadata.write(keys.rotate, LIFETIME)
    time.advance(1)
    assert first.signing not in (await metadata.read(keys.ring)).good


def test_a_key_shows_its_secret_nowhere() -> None:
    key = Key("id", b"secret")
    assert "secret" not in f"{key} {key!r} {keys.Ring(key, (key,), 'audience')}"


async def test_keys_and_accounts_are_prepared_apart(metadata: Metadata) -> None:
    await metadata.write(keys.prepare)
    assert not (await metadata.read(access.state)).is_secured


async def test_all_are_listed_until_they_go(metadata: Metadata, time: Time) -> None:
    await metadata.write(keys.prepare)
    first = await metadata.read(keys.ring)
    time.advance(1)
    await metadata.write(keys.rotate, LIFETIME)
    second = await metadata.read(keys.ring)
    time.advance(LIFETIME)
    listed = await metadata.read(keys.list_all)
    assert [one.key for one in listed] == [second.signing, first.signing]
