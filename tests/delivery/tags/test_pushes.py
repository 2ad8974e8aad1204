"""Pushes to a repository with a policy: every row of the requirements, by whatever names."""

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Metadata
from longshore.delivery.tags.rules import Releases, Rules, Variants
from longshore.delivery.tags.versions import Version
from longshore.oci.errors import ManifestUnknown, TagMoved
from longshore.registry.directory import Wanted
from longshore.registry.tags import Condition
from tests.delivery.tags.shelf import Shelf
from tests.delivery.tags.vectors import PLAIN, REFUSED, RUNTIME, STRETCH, VERSIONS, Vector, digests

CHANNEL = Rules(releases=Releases(prerelease_channel="next"), variants=Variants(names=("stretch",)))


def tag_of(row: Vector) -> str:
    version = Version.read(row.pushed, row.rules.variants.names)
    assert version
    return version.tag


@pytest.fixture
def shelf(metadata: Metadata) -> Shelf:
    return Shelf(metadata)


@pytest.mark.parametrize("row", VERSIONS, ids=lambda row: f"{row.existing}<{row.pushed}")
async def test_aliases_move_by_themselves_with_the_version(shelf: Shelf, row: Vector) -> None:
    before = digests(row.existing)
    await shelf.fill(before)
    await shelf.rule(row.rules)
    await shelf.push(tag_of(row))
    assert await shelf.tags() == before | dict.fromkeys(row.moves.split(), "A")


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.existing}<{row.pushed}")
async def test_what_is_refused_changes_nothing(shelf: Shelf, row: Vector) -> None:
    before = digests(row.existing)
    await shelf.fill(before)
    await shelf.rule(row.rules)
    with pytest.raises(Refused):
        await shelf.push(tag_of(row))
    if before:
        assert await shelf.tags() == before


async def test_without_a_policy_a_tag_is_a_tag(shelf: Shelf) -> None:
    await shelf.rule(PLAIN, "team/other")
    await shelf.push("1.0.0")
    await shelf.push("1.0.0 latest", "B")
    assert await shelf.tags() == {"1.0.0": "B", "latest": "B"}


async def test_an_image_without_a_name_is_nobodys_business(shelf: Shelf) -> None:
    await shelf.push("")
    await shelf.delete("A")
    await shelf.rule(PLAIN)
    await shelf.push("")
    await shelf.push("develop", "B")
    assert await shelf.tags() == {"develop": "B"}


async def test_a_version_pushed_again_is_no_push(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("1.0.0")
    await shelf.push("1.0.1", "B")
    await shelf.push("1.0.0")
    assert await shelf.tags() == {"1.0.0": "A", "1.0.1": "B", "1.0": "B", "1": "B", "latest": "B"}


async def test_a_first_push_may_have_any_name(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("latest")
    await shelf.push("latest", "B")
    await shelf.push("develop", "C")
    assert await shelf.tags() == {"latest": "B", "develop": "C"}


async def test_an_alias_by_name_says_what_the_rules_say(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("1.0.5")
    await shelf.push("2.0.0", "B")
    await shelf.push("1.0")
    await shelf.push("latest", "B")
    await shelf.push("0 3.0", "C")  # of these there is no version
    for tag, letter in (("latest", "A"), ("1.0", "B"), ("1", "C"), ("2.0", "A")):
        with pytest.raises(Refused, match=rf"^{tag} follows the highest of .*, which is \d"):
            await shelf.push(tag, letter)
    with pytest.raises(Refused, match=r"which is 2\.0\.0, and this is another image"):
        await shelf.push("1.0.6 latest", "C")
    assert "1.0.6" not in await shelf.tags()


async def test_an_alias_comes_along_with_its_version_in_any_order(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("latest 1.0 1.0.5 master")
    await shelf.push("1.0.6 1.0.7-rc.1", "B")
    assert await shelf.tags() == {
        **dict.fromkeys(("1.0.5", "master"), "A"),
        **dict.fromkeys(("1.0.6", "1.0.7-rc.1", "1.0", "1", "latest"), "B"),
    }


async def test_a_channel_follows_the_highest_version_of_all(shelf: Shelf) -> None:
    await shelf.rule(CHANNEL)
    for tag, letter in (("1.0.0", "A"), ("1.1.0-rc.2", "B"), ("1.1.0-rc.10", "C")):
        await shelf.push(tag, letter)
    await shelf.push("1.1.0-rc.9", "D")
    await shelf.push("1.0.1", "E")
    await shelf.push("2.0.0-rc.1-stretch", "F")
    found = await shelf.tags()
    assert (found["next"], found["latest"], found["next-stretch"]) == ("C", "E", "F")
    await shelf.push("next", "C")
    with pytest.raises(Refused, match=r"included, which is 1\.1\.0-rc\.10"):
        await shelf.push("next", "E")
    await shelf.push("1.1.0", "G")
    assert (await shelf.tags())["next"] == "G"


async def test_a_variant_has_its_own_line(shelf: Shelf) -> None:
    await shelf.rule(STRETCH)
    await shelf.push("1.0.0")
    await shelf.push("1.0.0-stretch", "B")
    await shelf.push("stretch", "B")
    with pytest.raises(Refused, match="stretch follows the highest of all versions of stretch"):
        await shelf.push("stretch", "A")
    assert await shelf.tags() == {
        **dict.fromkeys(("1.0.0", "1.0", "1", "latest"), "A"),
        **dict.fromkeys(("1.0.0-stretch", "1.0-stretch", "1-stretch", "stretch"), "B"),
    }


async def test_a_default_variant_is_the_plain_image_too(shelf: Shelf) -> None:
    await shelf.rule(RUNTIME)
    await shelf.push("1.0.0-aspnetcore-runtime latest 1.0.0")
    found = await shelf.tags()
    assert len(found) == 8
    assert set(found.values()) == {"A"}


async def test_rules_can_be_switched_off(shelf: Shelf) -> None:
    await shelf.rule(Rules(releases=Releases(immutable=False, aliases=("{major}-lts",))))
    await shelf.push("1.0.0")
    await shelf.push("1.0.0 latest", "B")
    await shelf.push("latest", "C")
    assert await shelf.tags() == {"1.0.0": "B", "1-lts": "B", "latest": "C"}


async def test_a_variant_whose_alias_is_switched_off_is_a_free_name(shelf: Shelf) -> None:
    await shelf.rule(Rules(releases=Releases(aliases=()), variants=Variants(names=("slim",))))
    await shelf.push("1.0.0-slim")
    await shelf.push("slim", "B")
    assert await shelf.tags() == {"1.0.0-slim": "A", "slim": "B"}


async def test_the_most_specific_policy_decides(shelf: Shelf) -> None:
    await shelf.rule(PLAIN, "**")
    await shelf.rule(Rules(releases=Releases(immutable=False, aliases=())), "team/**")
    await shelf.push("1.0.0")
    await shelf.push("1.0.0", "B")
    await shelf.rule(PLAIN, "team/app")
    with pytest.raises(Refused, match="a version never changes"):
        await shelf.push("1.0.0")
    assert await shelf.tags() == {"1.0.0": "B"}


async def test_a_condition_is_on_the_tags_that_are_named(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("latest")
    await shelf.push("1.0.0", "B", condition=Condition(is_absent=True))
    assert (await shelf.tags())["latest"] == "B"
    with pytest.raises(TagMoved):
        await shelf.push("1.0.0", "B", condition=Condition(is_absent=True))


async def test_what_a_rule_moves_is_in_the_audit_log(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("1.0.0")
    await shelf.push("1.0.1", "B", by="alice")
    await shelf.push("1.0.1", "B", by="alice")
    lines = await shelf.metadata.read(lambda tx: tx.audit.page(0, 99, Wanted(actor="alice")))
    assert [(line.action, line.target) for line in lines] == [
        ("push", lines[0].target),
        ("tag.follow", "team/app:1.0"),
        ("tag.follow", "team/app:1"),
        ("tag.follow", "team/app:latest"),
        ("push", lines[0].target),
    ]
    assert lines[1].detail["reason"] == "1.0.1 is the highest of 1.0.*"


async def test_a_deleted_tag_and_a_deleted_image_go(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("1.0.0")
    await shelf.push("develop", "B")
    await shelf.untag("develop")
    await shelf.delete("A")
    with pytest.raises(ManifestUnknown):
        await shelf.untag("develop")
    assert await shelf.tags() == {}


async def test_the_history_tells_what_was_asked_for_from_what_followed(shelf: Shelf) -> None:
    await shelf.rule(PLAIN)
    await shelf.push("1.0.0 latest", branch="master")
    assert [(move.tag, move.cause, move.origin.branch) for move in await shelf.moves()] == [
        ("1.0.0", "push", "master"),
        ("latest", "push", "master"),
        ("1.0", "rule", "master"),
        ("1", "rule", "master"),
    ]


@pytest.mark.parametrize("is_whole", [False, True], ids=["tag", "image"])
async def test_a_version_that_was_deleted_is_still_what_it_was(
    shelf: Shelf, is_whole: bool
) -> None:
    await shelf.rule(RUNTIME)
    await shelf.push("1.0.0-aspnetcore-runtime")
    for version in ("1.0.0", "1.0.0-aspnetcore-runtime"):
        if not is_whole:
            await shelf.untag(version)
    if is_whole:
        await shelf.delete("A")
    for version in ("1.0.0", "1.0.0-aspnetcore-runtime"):
        with pytest.raises(Refused, match="before it was deleted, and a version never changes"):
            await shelf.push(version, "B")
    await shelf.push("1.0.0")
    assert (await shelf.tags())["1.0.0"] == "A"
    await shelf.rule(Rules(releases=Releases(immutable=False)))
    await shelf.push("1.0.0-aspnetcore-runtime", "B")
