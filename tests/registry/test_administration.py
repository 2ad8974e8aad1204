"""The rules of groups and grants: what a subject may be."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.registry import access, accounts, administration
from longshore.registry.grants import ANONYMOUS, AUTHENTICATED, Grant
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.refusals import Invalid, Unknown
from tests.registry.acts import Left, act
from tests.registry.granting import grant


@pytest.fixture
async def alice(metadata: Metadata) -> None:
    await metadata.write(accounts.add, "alice", "user")
    await metadata.write(administration.add_member, "team", "alice")


@pytest.mark.parametrize("subject", ["alice", "@team", ANONYMOUS, AUTHENTICATED])
@pytest.mark.usefixtures("alice")
async def test_a_subject_is_granted_something_with_a_line(subject: str, metadata: Metadata) -> None:
    given = grant(subject, "team/**:push,pull")
    left = await act(metadata, administration.grant, given)
    detail = {"pattern": "team/**", "verbs": ["pull", "push"]}
    assert left == Left([("grant.add", subject, detail)], is_told=True)
    assert await metadata.read(lambda tx: tx.grants.of([subject])) == [given]


@pytest.mark.usefixtures("alice")
async def test_a_second_grant_for_a_pattern_takes_the_place_of_the_first(
    metadata: Metadata,
) -> None:
    await metadata.write(administration.grant, grant("alice", "a:push,delete"))
    await metadata.write(administration.grant, grant("alice", "a:pull"))
    assert await metadata.read(lambda tx: tx.grants.of(["alice"])) == [grant("alice", "a:pull")]


@pytest.mark.parametrize(
    ("subject", "reason"), [("bob", "no account bob"), ("@alice", "no group alice")]
)
@pytest.mark.usefixtures("alice")
async def test_a_name_that_nobody_has_is_refused_unless_it_is_meant(
    subject: str, reason: str, metadata: Metadata
) -> None:
    given = grant(subject, "a:pull")
    with pytest.raises(Unknown, match=reason):
        await metadata.write(administration.grant, given)
    left = await act(metadata, administration.grant, given, is_expected=False)
    assert len(left.lines) == 1
    assert await metadata.read(lambda tx: tx.grants.of([subject])) == [given]


@pytest.mark.parametrize("subject", ["", "@", "@@team", "local", "system", "oidc", "@anonymous"])
async def test_what_is_no_subject_is_refused(subject: str, metadata: Metadata) -> None:
    with pytest.raises(Invalid):
        await metadata.write(
            administration.grant,
            Grant(subject, EVERYTHING, access.OPEN.grants[0].verbs),
            is_expected=False,
        )


async def test_a_grant_of_nothing_is_refused(metadata: Metadata) -> None:
    with pytest.raises(Invalid, match="at least one"):
        await metadata.write(administration.grant, Grant(ANONYMOUS, EVERYTHING, frozenset()))


@pytest.mark.usefixtures("alice")
async def test_a_grant_is_revoked_with_a_line(metadata: Metadata) -> None:
    await metadata.write(administration.grant, grant("alice", "a:pull"))
    with pytest.raises(Unknown, match="alice has no grant for b"):
        await metadata.write(administration.revoke, "alice", Pattern("b"))
    left = await act(metadata, administration.revoke, "alice", Pattern("a"))
    assert left == Left([("grant.remove", "alice", {"pattern": "a"})], is_told=True)
    assert await metadata.read(lambda tx: tx.grants.of(["alice"])) == []


@pytest.mark.usefixtures("alice")
async def test_members_come_and_go_with_a_line(metadata: Metadata) -> None:
    left = await act(metadata, administration.add_member, "other", "alice")
    assert left == Left([("group.add", "other", {"member": "alice"})], is_told=True)
    assert await metadata.read(lambda tx: tx.groups.of("alice")) == ["other", "team"]
    left = await act(metadata, administration.remove_member, "team", "alice")
    assert left == Left([("group.remove", "team", {"member": "alice"})], is_told=True)
    assert await metadata.read(lambda tx: tx.groups.of("alice")) == ["other"]


@pytest.mark.usefixtures("alice")
async def test_members_that_can_not_be(metadata: Metadata) -> None:
    for group, name in (("-", "alice"), ("team", "@team"), ("anonymous", "alice")):
        with pytest.raises(Invalid):
            await metadata.write(administration.add_member, group, name)
    with pytest.raises(Unknown, match="no account bob"):
        await metadata.write(administration.add_member, "team", "bob")
    with pytest.raises(Unknown, match="bob is not in the group team"):
        await metadata.write(administration.remove_member, "team", "bob")
    await metadata.write(administration.add_member, "team", "bob", is_expected=False)
    assert await metadata.read(lambda tx: tx.groups.members("team")) == ["alice", "bob"]
