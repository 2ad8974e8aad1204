"""Whatever moves a tag is told of and followed, in the transaction that moves it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from longshore.delivery.environments import applying
from longshore.delivery.environments.environment import Environment
from longshore.delivery.notifications import subscriptions
from longshore.delivery.notifications.events import Event, Kind
from longshore.delivery.notifications.subscriptions import Wish
from longshore.delivery.ports import Metadata
from longshore.delivery.rollouts.services import Service
from longshore.delivery.tags import moves, policies, pushes, releases, restoring
from longshore.delivery.tags.releases import Wanted
from longshore.delivery.tags.rules import Rules
from longshore.oci.errors import ManifestUnknown, TagMoved
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import tags
from longshore.registry.history import Origin
from longshore.registry.patterns import Pattern
from longshore.registry.tags import Condition, Terms
from tests.content import Pushed, index
from tests.delivery.notifications.letters import taken

APP = RepositoryName("team/app")
FIRST, SECOND = index(annotations={"n": "1"}), index(annotations={"n": "2"})
TAGS = [Tag(name) for name in ("1.0.5", "1.0", "1", "latest")]


async def subscribe(metadata: Metadata, pattern: str = "team/**") -> None:
    wish = Wish("ci", "email", "ci@example.com", repositories=Pattern(pattern))
    await metadata.write(subscriptions.add, wish)


async def push(
    metadata: Metadata, pushed: Pushed, names: list[Tag], terms: Terms = tags.PUSHED
) -> None:
    await metadata.write(pushes.push, APP, pushed.digest, pushed.manifest, names, terms)


async def told(metadata: Metadata) -> list[Event]:
    return await taken(metadata, "ci")


async def test_each_tag_of_a_push_is_told_in_order(metadata: Metadata) -> None:
    await subscribe(metadata)
    terms = Terms(origin=Origin(revision="abc"))
    await push(metadata, FIRST, TAGS, terms)
    expected = Event(Kind.TAG_MOVED, APP, digest=FIRST.digest, revision="abc")
    assert await told(metadata) == [expected._replace(tag=tag) for tag in TAGS]


async def test_more_moves_than_are_read_at_once(metadata: Metadata) -> None:
    await subscribe(metadata)
    names = [Tag(f"t{number:02}") for number in range(3 * moves.AT_ONCE)]
    await push(metadata, FIRST, names)
    assert [event.tag for event in await told(metadata)] == names
    await metadata.write(pushes.delete, APP, FIRST.digest)
    assert sorted(event.tag for event in await told(metadata)) == names


async def test_a_tag_that_moves_says_from_where(metadata: Metadata) -> None:
    await subscribe(metadata)
    for pushed in (FIRST, SECOND, SECOND):
        await push(metadata, pushed, TAGS[:1])
    _, event = await told(metadata)  # and nothing of the third, which changed nothing
    assert (event.former, event.digest) == (FIRST.digest, SECOND.digest)


async def test_a_deleted_tag_and_one_that_is_back(metadata: Metadata) -> None:
    await subscribe(metadata)
    for pushed in (FIRST, SECOND):
        await push(metadata, pushed, TAGS[:1])
    await told(metadata)
    await metadata.write(pushes.untag, APP, TAGS[0])
    assert await told(metadata) == [
        Event(Kind.TAG_DELETED, APP, TAGS[0], former=SECOND.digest),
    ]

    await metadata.write(restoring.restore, APP, TAGS[0])
    assert await told(metadata) == [Event(Kind.TAG_MOVED, APP, TAGS[0], SECOND.digest)]


async def test_what_was_not_done_is_not_told(metadata: Metadata) -> None:
    await subscribe(metadata)
    terms = Terms(Condition(among=frozenset({"sha256:other"})))
    with pytest.raises(TagMoved):
        await push(metadata, FIRST, TAGS, terms)
    assert await told(metadata) == []


async def test_only_who_wants_to_know_is_told(metadata: Metadata) -> None:
    await subscribe(metadata, "other/**")
    await push(metadata, FIRST, TAGS)
    assert await told(metadata) == []


async def test_where_nobody_is_told_the_rule_is_run_all_the_same(metadata: Metadata) -> None:
    await push(metadata, FIRST, TAGS)
    with pytest.raises(ManifestUnknown):
        await metadata.write(pushes.untag, APP, Tag("other"))
    assert await metadata.read(lambda tx: tx.tags.of(APP, FIRST.digest)) == sorted(TAGS)


class Path(NamedTuple):
    """A rule that moves a tag: what is called, and which tag moves to which image, or to none."""

    rule: Callable[..., object]
    arguments: Sequence[object]
    tag: str
    to: Pushed | None
    is_ruled: bool = False  # the repository has a policy


THIRD = index(annotations={"n": "3"})
VERSION = Tag("1.0.5")
PATHS = {
    "a push": Path(pushes.push, (*THIRD, TAGS[:1]), "1.0.5", THIRD),
    "an alias of a push": Path(
        pushes.push, (*THIRD, [Tag("1.0.6")]), "latest", THIRD, is_ruled=True
    ),
    "a tag that is deleted": Path(pushes.untag, (Tag("latest"),), "latest", None),
    "a manifest that is deleted": Path(pushes.delete, (SECOND.digest,), "latest", None),
    "a release": Path(releases.release, (Wanted(FIRST.digest, ["2.0.0"], []),), "2.0.0", FIRST),
    "a tag of a release": Path(
        releases.release,
        (Wanted(FIRST.digest, [], [Tag("nightly")]),),
        "nightly",
        FIRST,
        is_ruled=True,
    ),
    "an alias of a release": Path(
        releases.release, (Wanted(FIRST.digest, ["2.0.0"], []),), "latest", FIRST, is_ruled=True
    ),
    "a tag that is back": Path(restoring.restore, (Tag("gone"),), "gone", SECOND),
    "an alias of a version that is back": Path(
        restoring.restore, (Tag("3.0.0"),), "latest", SECOND, is_ruled=True
    ),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
async def test_subscribers_and_environments_learn_of_it_at_once(
    path: Path, metadata: Metadata
) -> None:
    for pushed, names in (
        (FIRST, "1.0.5"),
        (SECOND, "latest"),
        (SECOND, "gone"),
        (SECOND, "3.0.0"),
    ):
        await push(metadata, pushed, [Tag(names)])
    for gone in ("gone", "3.0.0"):
        await metadata.write(pushes.untag, APP, Tag(gone))
    if path.is_ruled:
        await metadata.write(pushes.untag, APP, Tag("latest"))
        rules = Rules.model_validate({"releases": {"aliases": ["latest"], "immutable": False}})
        await metadata.write(policies.put, Pattern(APP), rules)
    declared = Environment("staging", (Service("web", APP),), follow=path.tag, approvals=1)
    await metadata.write(applying.apply, [declared])
    await subscribe(metadata)
    digest = path.to.digest if path.to else None
    assert await awaited(metadata) != digest

    await metadata.write(path.rule, APP, *path.arguments)

    named = {event.tag: event.digest for event in await told(metadata) if event.tag == path.tag}
    assert named == {path.tag: digest or ""}
    assert await awaited(metadata) == digest


async def awaited(metadata: Metadata) -> str | None:
    """The image that waits to be approved: the environment has seen the tag."""
    state = await metadata.read(lambda tx: tx.images.find("staging", APP))
    return state.waiting.digest if state and state.waiting else None
