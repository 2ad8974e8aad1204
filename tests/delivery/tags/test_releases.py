"""Releases: several names at one moment, by whose policy, and what the answer says."""

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Metadata
from longshore.delivery.tags import releases
from longshore.delivery.tags.releases import Wanted
from longshore.delivery.tags.rules import Releases, Rules
from longshore.oci.errors import ManifestUnknown
from longshore.oci.names import Tag
from longshore.registry.refusals import Invalid
from tests.delivery.tags.shelf import NAME, Shelf, image, shown
from tests.delivery.tags.vectors import PLAIN, STRETCH

LTS = Rules(releases=Releases(aliases=("lts",)))


@pytest.fixture
async def shelf(metadata: Metadata) -> Shelf:
    found = Shelf(metadata)
    await found.put("A", Tag("master"))
    await found.put("B", Tag("2.0.0"))
    return found


async def test_all_names_move_at_once_and_each_has_its_reason(shelf: Shelf) -> None:
    released = await shelf.release("1.0.5", tags="master stable")
    assert [tuple(each)[:3] for each in released.placed.placements] == [
        ("1.0.5", True, "the version itself"),
        ("1.0", True, "1.0.5 is the highest of 1.0.*"),
        ("1", True, "1.0.5 is the highest of 1.*"),
        ("latest", False, "2.0.0 is the highest of all versions"),
        ("master", False, "it is there already, with this content"),
        ("stable", True, "pushed by this name"),
    ]
    assert released_tags(released) == ["1.0.5", "1.0", "1", "stable"]
    mine = dict.fromkeys(("1.0.5", "1.0", "1", "master", "stable"), "A")
    assert await shelf.tags() == {"2.0.0": "B", **mine}
    master = released.placed.placements[4]
    assert (master.former, master.named) == (image("A").digest, image("A").digest)


def released_tags(released: releases.Released) -> list[str]:
    return [str(each.tag) for each in released.placed.moves]


async def test_an_image_of_several_versions_takes_along_what_any_of_them_does(shelf: Shelf) -> None:
    released = await shelf.release("1.0.5 3.0.0-rc.1 3.0.0+b7 2.0.1", rules=SEPARATE_NEXT)
    assert shown(released.placed.placements) == {
        "1.0.5": True,
        "1.0": True,
        "1": True,
        "latest": True,
        "next": True,
        "3.0.0-rc.1": True,
        "3.0": False,
        "3": False,
        "3.0.0_b7": True,
        "2.0.1": True,
        "2.0": True,
        "2": True,
    }


SEPARATE_NEXT = Rules(releases=Releases(build_metadata="separate", prerelease_channel="next"))


async def test_a_version_that_is_there_without_its_aliases_takes_them_along(shelf: Shelf) -> None:
    """A plain registry had it, before anybody released it."""
    await shelf.put("A", Tag("1.0.5"))
    released = await shelf.release("1.0.5")
    assert released_tags(released) == ["1.0", "1"]
    assert shown(released.placed.placements)["latest"] is False
    assert released_tags(await shelf.release("1.0.5")) == []


async def test_the_servers_policy_wins_over_the_one_that_came_along(shelf: Shelf) -> None:
    sample = await shelf.release("1.0.5")
    own = await shelf.release("1.0.6", rules=LTS)
    await shelf.rule(PLAIN)
    stored = await shelf.release("1.0.7", rules=LTS)
    decided = [each.decided_by for each in (sample, own, stored)]
    assert decided == ["sample", "request", "server"]
    assert shown(own.placed.placements) == {"1.0.6": True, "lts": False}
    assert list(shown(stored.placed.placements)) == ["1.0.7", "1.0", "1", "latest"]


async def test_looking_first_changes_nothing(shelf: Shelf) -> None:
    before = await shelf.tags()
    wanted = Wanted(Tag("master"), ["1.0.5"], [])
    released = await shelf.metadata.read(releases.preview, NAME, wanted)
    assert released_tags(released) == ["1.0.5", "1.0", "1"]
    assert released.image.digest == image("A").digest
    assert await shelf.tags() == before


async def test_an_undeclared_variant_is_hinted_at(shelf: Shelf) -> None:
    released = await shelf.release("1.0.5-stretch")
    assert "declare it" in released.placed.hints[0]
    released = await shelf.release("1.0.6-stretch", rules=STRETCH)
    assert released.placed.hints == ()


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ("1.0", "1.0 is the name of an alias"),
        ("latest", "latest is the name of an alias"),
        ("one", "one is no version"),
        ("1.0.5+b7", "build metadata"),
        ("2.0.0", "a version never changes"),
    ],
)
async def test_what_can_not_be_released_says_why(shelf: Shelf, versions: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        await shelf.release(versions)


async def test_there_is_an_image_and_a_name(shelf: Shelf) -> None:
    with pytest.raises(ManifestUnknown):
        await shelf.release("1.0.5", "C")
    with pytest.raises(Invalid, match="at least one"):
        await shelf.release("")


async def test_a_release_is_one_line_of_the_audit_log(shelf: Shelf) -> None:
    await shelf.release("1.0.5", tags="master")
    [line] = await shelf.metadata.read(lambda tx: tx.audit.latest(1))
    digest = image("A").digest
    assert (line.action, line.target) == ("release", f"{NAME}@{digest}")
    assert line.detail == {"tags": {"1.0.5": None, "1.0": None, "1": None}}


async def test_the_history_of_a_release_says_where_the_image_came_from(shelf: Shelf) -> None:
    await shelf.put("C")
    await shelf.release("3.0.0", "C", branch="develop")
    found = {str(move.tag): (move.cause, move.origin.branch) for move in await shelf.moves()}
    assert found["3.0.0"] == ("push", "develop")
    assert found["latest"] == ("rule", "develop")


async def test_a_release_does_not_take_the_tag_of_another_branch(shelf: Shelf) -> None:
    await shelf.release("", tags="feature-x", branch="feature-x")
    await shelf.put("C")
    with pytest.raises(Refused, match="is of branch feature-x, and this image is of feature/x"):
        await shelf.release("1.0.0", "C", tags="feature-x", branch="feature/x")
    assert "1.0.0" not in await shelf.tags()
