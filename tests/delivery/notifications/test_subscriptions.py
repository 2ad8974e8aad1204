"""Who can be told of what: subscriptions, what is refused as one, and what of it is shown."""

import pytest

from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import OF_ENVIRONMENTS, OF_TAGS, Event, Kind
from longshore.delivery.notifications.outbox import Medium
from longshore.delivery.notifications.subscriptions import MOST, Wish
from longshore.delivery.ports import Metadata, Transaction
from longshore.registry.access import LOCAL
from longshore.registry.directory import Actor, Wanted
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Exists, Invalid, Unknown
from tests.backends import Time

URL = "https://ci.example.com/hook?token=planted-token"
CI = Wish("ci", "webhook", URL)


async def test_a_subscription_is_made_found_listed_and_removed(metadata: Metadata) -> None:
    for name in ("ci", "a", "z"):
        status = await metadata.write(subscriptions.add, CI._replace(name=name))
        assert status == await metadata.read(subscriptions.find, name)
    found, more = await metadata.read(subscriptions.page, "a", 1)
    assert ([one.subscription.name for one in found], more) == (["ci"], True)
    found, more = await metadata.read(subscriptions.page, "ci", 1)
    assert ([one.subscription.name for one in found], more) == (["z"], False)
    await metadata.write(subscriptions.remove, "ci")
    for rule in (subscriptions.find, subscriptions.trial, subscriptions.remove):
        with pytest.raises(Unknown):
            await metadata.write(rule, "ci")


async def test_the_audit_log_shows_no_address_and_no_secret(metadata: Metadata) -> None:
    status = await metadata.write(subscriptions.add, CI)
    await metadata.write(subscriptions.remove, "ci")
    lines = await metadata.read(lambda tx: tx.audit.page(0, 9))
    assert [line.action for line in lines] == ["notification.add", "notification.remove"]
    assert lines[0].detail == {"medium": "webhook", "target": "https://ci.example.com/…"}
    shown = f"{lines} {status!r}"
    assert "planted" not in shown
    assert status.subscription.target.secret not in shown


async def test_each_webhook_has_a_secret_of_its_own_and_others_have_none(
    metadata: Metadata,
) -> None:
    wishes = [CI, CI._replace(name="b"), Wish("c", "slack", URL), Wish("d", "email", "a@b.example")]
    targets = [
        (await metadata.write(subscriptions.add, wish)).subscription.target for wish in wishes
    ]
    first, second, *others = [target.secret for target in targets]
    assert first.startswith("whsec_")
    assert first != second
    assert others == ["", ""]


async def test_a_secret_is_changed_and_the_former_one_signs_for_a_while(
    metadata: Metadata, time: Time
) -> None:
    def letter(tx: Transaction) -> tuple[str, tuple[str, ...]]:
        found = subscriptions.next_letter(tx, "ci")
        assert found is not None
        return found[1].message.event.tag, found[0].secrets(tx.now)

    first = (await metadata.write(subscriptions.add, CI)).subscription.target.secret
    await metadata.write(subscriptions.emit, Event(Kind.TAG_MOVED, "team/app", "1.0"))
    second = (await metadata.write(subscriptions.rotate, "ci", 60_000)).secret
    assert await metadata.read(letter) == ("1.0", (second, first))
    third = (await metadata.write(subscriptions.rotate, "ci", 60_000)).secret
    assert await metadata.read(letter) == ("1.0", (third, second))
    time.advance(59_999)
    assert await metadata.read(letter) == ("1.0", (third, second))
    time.advance(1)
    assert await metadata.read(letter) == ("1.0", (third,))
    last = (await metadata.write(subscriptions.rotate, "ci", 0)).secret
    assert await metadata.read(letter) == ("1.0", (last,))
    assert len({first, second, third, last}) == 4
    lines = await metadata.read(lambda tx: tx.audit.page(0, 9, Wanted(target="ci")))
    assert [line.action for line in lines] == ["notification.add", *["notification.rotate"] * 3]
    assert not [one for one in (first, second, third, last) if one in str(lines)]


async def test_only_what_is_signed_has_a_secret_to_change(metadata: Metadata) -> None:
    await metadata.write(subscriptions.add, CI)
    await metadata.write(subscriptions.add, Wish("mail", "email", "a@b.example"))
    for name, overlap in (("mail", 1), ("ci", -1), ("ci", subscriptions.LONGEST_OVERLAP + 1)):
        with pytest.raises(Invalid):
            await metadata.write(subscriptions.rotate, name, overlap)
    with pytest.raises(Unknown):
        await metadata.write(subscriptions.rotate, "nobody", 1)


@pytest.mark.parametrize(
    ("medium", "address"),
    [
        ("webhook", "http://ci.example.com/hook"),
        ("webhook", "https://user:password@ci.example.com/hook"),
        ("webhook", "ftp://ci.example.com/hook"),
        ("webhook", f"https://ci.example.com/{'x' * 2048}"),
        ("slack", "hooks.slack.com/services/1"),
        ("slack", "http://169.254.169.254/latest"),
        ("email", "nobody"),
        ("email", "a@b\nBcc: c@d.example"),
        ("email", "a@b.example, c@d.example"),
        ("email", f"{'a' * 250}@b.example"),
        ("email", "a..b@c.example"),
    ],
)
async def test_what_is_no_target_is_refused(
    metadata: Metadata, medium: Medium, address: str
) -> None:
    with pytest.raises(Invalid):
        await metadata.by(Actor(LOCAL.name)).write(subscriptions.add, Wish("ci", medium, address))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_who_is_elsewhere_does_not_reach_the_registrys_machine(
    metadata: Metadata, host: str
) -> None:
    wish = Wish("ci", "webhook", f"http://{host}:2375/containers/x/stop")
    for name in ("alice", "system"):
        with pytest.raises(Invalid, match="on that machine only"):
            await metadata.by(Actor(name)).write(subscriptions.add, wish)
    await metadata.by(Actor(LOCAL.name)).write(subscriptions.add, wish)


async def test_names_are_names_and_of_one(metadata: Metadata) -> None:
    await metadata.write(subscriptions.add, CI)
    with pytest.raises(Exists):
        await metadata.write(subscriptions.add, CI)
    for name in ("", "a/b", "-a", "a" * 65):
        with pytest.raises(Invalid, match="is no name"):
            await metadata.write(subscriptions.add, CI._replace(name=name))


async def test_there_are_not_more_than_every_event_can_look_at(metadata: Metadata) -> None:
    for number in range(MOST):
        await metadata.write(subscriptions.add, CI._replace(name=f"n{number}"))
    with pytest.raises(Invalid, match="remove one"):
        await metadata.write(subscriptions.add, CI)


ANY, TEAM, PROD = None, Pattern("team/**"), Pattern("prod*")


@pytest.mark.parametrize(
    ("repositories", "environments", "kinds", "expected"),
    [
        (ANY, ANY, set(), OF_TAGS | OF_ENVIRONMENTS),
        (TEAM, PROD, set(), OF_TAGS | OF_ENVIRONMENTS),
        (TEAM, ANY, set(), OF_TAGS),
        (ANY, PROD, set(), OF_ENVIRONMENTS),
        (TEAM, ANY, {Kind.DEPLOYED}, {Kind.DEPLOYED}),
    ],
)
async def test_without_a_choice_it_is_what_the_patterns_have_to_do_with(
    metadata: Metadata,
    repositories: Pattern | None,
    environments: Pattern | None,
    kinds: set[Kind],
    expected: set[Kind],
) -> None:
    wish = CI._replace(kinds=frozenset(kinds), repositories=repositories, environments=environments)
    status = await metadata.write(subscriptions.add, wish)
    assert status.subscription.kinds == expected
