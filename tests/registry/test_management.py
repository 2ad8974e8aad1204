"""The rules of management: what comes together, what goes together, and who is left."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry import access, accounts, administration, audit, keys, management, profiles
from longshore.registry.access import LOCAL, Caller
from longshore.registry.administration import Place
from longshore.registry.directory import Actor, Wanted
from longshore.registry.grants import Grant, Verb
from longshore.registry.management import Allowed, Newcomer, NewSecret
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction
from longshore.registry.refusals import Exists, Invalid, Refusal, Unknown
from longshore.registry.trust import Trust
from tests.backends import HOUR, Time

ADMIN = frozenset({Verb.ADMIN})
PULL = frozenset({Verb.PULL})
TEAM = Pattern("team/**")
BUILD = Trust("build", "https://issuer.test", "me", (("project", "acme/app"),), is_single_use=False)


def newcomer(name: str, *allowed: Allowed) -> Newcomer:
    return Newcomer(name, f"the {name}", allowed)


def secret(digest: str, expires_at: int | None = None) -> NewSecret:
    return NewSecret(digest, "", expires_at)


async def add_administrator(metadata: Metadata, name: str = "chief") -> None:
    await metadata.write(management.add_user, newcomer(name, Allowed(EVERYTHING, ADMIN)), "hashed")


async def test_the_first_account_closes_the_registry_and_says_so(metadata: Metadata) -> None:
    added = await metadata.write(
        management.add_user, newcomer("alice", Allowed(TEAM, PULL)), "hashed"
    )
    assert added.is_first
    assert added.profile == await metadata.read(profiles.find, "alice", "user")
    assert added.profile.grants == [Grant("alice", TEAM, PULL)]
    assert (await metadata.read(access.state)).is_secured
    second = await metadata.write(management.add_robot, newcomer("ci"), secret("digest"))
    assert not second.is_first
    assert [one.kind for one in second.profile.secrets] == ["robot"]


async def test_an_account_comes_with_its_grants_or_not_at_all(metadata: Metadata) -> None:
    nothing = Allowed(TEAM, frozenset())
    with pytest.raises(Invalid):
        await metadata.write(management.add_user, newcomer("alice", nothing), "hashed")
    with pytest.raises(Unknown):
        await metadata.read(profiles.find, "alice", "user")
    assert not (await metadata.read(access.state)).is_secured


async def test_a_robot_whose_secret_is_over_is_not_made(metadata: Metadata, time: Time) -> None:
    with pytest.raises(Invalid):
        await metadata.write(management.add_robot, newcomer("ci"), secret("digest", time.now))
    with pytest.raises(Unknown):
        await metadata.read(profiles.find, "ci", "robot")


async def test_a_trust_is_checked_before_it_is_made(metadata: Metadata) -> None:
    with pytest.raises(Invalid, match="without a condition"):
        await metadata.write(management.add_trust, newcomer("build"), BUILD._replace(claims=()))
    made = await metadata.write(management.add_trust, newcomer("build"), BUILD)
    assert made.trust == BUILD
    assert made == await metadata.read(profiles.find_trust, "build")
    with pytest.raises(Exists):
        await metadata.write(management.add_trust, newcomer("build"), BUILD)
    with pytest.raises(Unknown):
        await metadata.read(profiles.find_trust, "other")


async def test_a_secret_is_removed_by_the_name_of_its_robot_only(metadata: Metadata) -> None:
    await add_administrator(metadata)
    await metadata.write(management.add_robot, newcomer("ci"), secret("first"))
    second = await metadata.write(management.add_secret, "ci", secret("second"))
    with pytest.raises(Unknown):
        await metadata.write(management.add_secret, "chief", secret("third"))
    with pytest.raises(Unknown):
        await metadata.write(management.remove_secret, "chief", second.id)
    await metadata.write(management.remove_secret, "ci", second.id)
    assert second not in (await metadata.read(profiles.find, "ci", "robot")).secrets


async def test_a_session_is_ended_by_its_own_user_only(metadata: Metadata, time: Time) -> None:
    await add_administrator(metadata, "alice")
    await add_administrator(metadata, "bob")
    ending = time.now + HOUR
    mine = await metadata.write(accounts.add_secret, "alice", "refresh", "digest", "", ending)
    assert await metadata.read(profiles.sessions, "alice") == [mine]
    with pytest.raises(Unknown):
        await metadata.write(management.end_session, "bob", mine.id)
    await metadata.write(management.end_session, "alice", mine.id)
    assert await metadata.read(profiles.sessions, "alice") == []
    await metadata.write(accounts.add_secret, "alice", "refresh", "digest", "", ending)
    time.advance(HOUR)
    assert await metadata.read(profiles.sessions, "alice") == []


async def test_whose_going_leaves_no_administrator_is_told(metadata: Metadata) -> None:
    await add_administrator(metadata, "alice")
    await add_administrator(metadata, "bob")
    await metadata.write(management.add_user, newcomer("carol"), "hashed")

    async def disable(name: str) -> bool:
        return await metadata.write(management.enable, name, "user", is_enabled=False)

    assert not await metadata.write(management.remove, "alice", "user")
    assert not await disable("carol")
    assert await disable("bob")
    assert not await disable("bob"), "it was not the last any more"
    assert not await metadata.write(management.enable, "bob", "user", is_enabled=True)
    less = Grant("bob", EVERYTHING, PULL)
    assert await metadata.write(management.grant, less, is_expected=True)
    assert not await metadata.write(management.revoke, "bob", EVERYTHING)


async def test_administrators_are_found_in_groups(metadata: Metadata) -> None:
    await metadata.write(management.add_user, newcomer("alice"), "hashed")
    await metadata.write(administration.add_member, "chiefs", "alice")
    await metadata.write(administration.grant, Grant("@chiefs", EVERYTHING, ADMIN))
    assert await metadata.read(administration.has_administrator)
    assert await metadata.write(management.remove_member, "chiefs", "alice")
    await metadata.write(administration.add_member, "chiefs", "other", is_expected=False)
    assert await metadata.read(administration.has_administrator), "of an htpasswd file"
    assert await metadata.write(management.revoke, "@chiefs", EVERYTHING)


async def test_who_administers_a_part_is_no_administrator(metadata: Metadata) -> None:
    await metadata.write(management.add_user, newcomer("alice", Allowed(TEAM, ADMIN)), "hashed")
    assert not await metadata.read(administration.has_administrator)


async def test_what_is_of_another_kind_is_not_there(metadata: Metadata) -> None:
    await add_administrator(metadata)
    for act in (management.remove, profiles.find):
        with pytest.raises(Unknown):
            await metadata.write(act, "chief", "robot")
    with pytest.raises(Unknown):
        await metadata.write(management.enable, "chief", "robot", is_enabled=False)


async def test_accounts_of_a_kind_come_in_pages(metadata: Metadata) -> None:
    for name in ("a", "c", "e"):
        await metadata.write(management.add_user, newcomer(name), "hashed")
    for name in ("b", "d"):
        await metadata.write(management.add_robot, newcomer(name), secret(f"of {name}"))
    await metadata.write(management.add_trust, newcomer("build"), BUILD)
    found, more = await metadata.read(profiles.page, "user", "a", 1)
    assert ([one.account.name for one in found], more) == (["c"], True)
    found, more = await metadata.read(profiles.page, "robot", "", 2)
    assert ([one.account.name for one in found], more) == (["b", "d"], False)
    trusts, more = await metadata.read(profiles.page_of_trusts, "", 1)
    assert ([one.trust for one in trusts], more) == ([BUILD], False)


async def test_groups_come_with_their_size(metadata: Metadata) -> None:
    for group, member in (("a", "x"), ("a", "y"), ("b", "x")):
        await metadata.write(administration.add_member, group, member, is_expected=False)
    assert await metadata.read(profiles.page_of_groups, "", 1) == ([("a", 2)], True)
    assert await metadata.read(profiles.page_of_groups, "a", 1) == ([("b", 1)], False)
    assert await metadata.read(profiles.members, "a") == ["x", "y"]
    with pytest.raises(Unknown):
        await metadata.read(profiles.members, "c")


async def test_callers_are_told_what_is_their_own(metadata: Metadata) -> None:
    await add_administrator(metadata)
    caller = await metadata.read(access.caller, "chief")
    own = await metadata.read(profiles.own, caller)
    assert (own.caller, own.groups) == (caller, [])
    assert own.account is not None
    assert (await metadata.read(profiles.own, LOCAL)).account is None


KEEPER = Caller("keeper", (Grant("keeper", TEAM, ADMIN),))


async def list_grants(
    metadata: Metadata, caller: Caller, subject: str, limit: int
) -> tuple[list[tuple[str, str]], int]:
    """All of them, and how many pages that took."""
    found: list[tuple[str, str]] = []
    last: Place | None = Place("", "")
    pages = 0
    while last is not None:
        grants, last = await metadata.read(administration.page, caller, subject, last, limit)
        assert len(grants) <= limit
        found += [(grant.subject, grant.pattern) for grant in grants]
        pages += 1
    return found, pages


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_grants_are_listed_to_who_decides_on_them(metadata: Metadata, limit: int) -> None:
    every = [("a", "team/x"), ("b", "other"), ("b", "team/x"), ("b", "team/y"), ("c", "**")]
    for subject, pattern in every:
        grant = Grant(subject, Pattern(pattern), PULL)
        await metadata.write(administration.grant, grant, is_expected=False)
    within = [one for one in every if one[1].startswith("team/")]
    assert (await list_grants(metadata, LOCAL, "", limit))[0] == every
    assert (await list_grants(metadata, KEEPER, "", limit))[0] == within
    assert (await list_grants(metadata, LOCAL, "b", limit))[0] == every[1:4]
    assert (await list_grants(metadata, KEEPER, "c", limit))[0] == []


async def test_a_page_looks_at_a_bounded_number_of_grants(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "MOST_LOOKED_AT", 2)
    for number in range(5):
        grant = Grant("a", Pattern(f"other/{number}"), PULL)
        await metadata.write(administration.grant, grant, is_expected=False)
    assert await list_grants(metadata, KEEPER, "", 10) == ([], 3)
    assert not await metadata.read(administration.has_administrator)


@pytest.mark.parametrize(
    "password", ["1234567", "x" * 1025, "Aladdin-1", "open\nsesame", "\x7f" * 9]
)
def test_a_password_that_is_none_is_refused_without_being_told(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        accounts.check_password("aladdin-1", password)
    assert password not in str(refusal.value)


@pytest.mark.parametrize("password", ["12345678", "x" * 1024, "Sésame, ouvre-toi", " " * 8])
def test_length_is_all_that_a_password_needs(password: str) -> None:
    accounts.check_password("aladdin", password)


async def test_the_audit_log_is_read_from_its_end_or_onwards(metadata: Metadata) -> None:
    def note(tx: Transaction, target: str) -> None:
        audit.record(tx, "test", target)

    for target in ("a", "b", "c"):
        await metadata.by(Actor("alice")).write(note, target)
    latest = await metadata.read(audit.latest, None, 2)
    assert [entry.target for entry in latest] == ["b", "c"]
    after = await metadata.read(audit.page, latest[0].id, 2, Wanted(actor="alice"))
    assert [entry.target for entry in after] == ["c"]


async def test_keys_are_listed_the_newest_first(metadata: Metadata, time: Time) -> None:
    await metadata.write(keys.prepare)
    time.advance(1)
    newest = await metadata.write(keys.rotate, HOUR)
    signing, former = await metadata.read(keys.list_all)
    assert (signing.key.id, signing.retired_at) == (newest, None)
    assert former.retired_at == time.now + HOUR


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in Refusal.__subclasses__()]
    assert len(set(codes)) == len(codes)
