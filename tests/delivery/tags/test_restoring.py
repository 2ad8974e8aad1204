"""Restoring in a repository with a policy: what goes back is held to the rules of a push."""

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Metadata
from longshore.delivery.tags import restoring
from longshore.delivery.tags.rules import Rules
from longshore.oci.names import Tag
from longshore.registry.directory import Actor
from longshore.registry.patterns import Pattern
from tests.delivery.tags.shelf import NAME, Shelf, image
from tests.delivery.tags.vectors import PLAIN


@pytest.fixture
async def shelf(metadata: Metadata) -> Shelf:
    found = Shelf(metadata)
    await found.rule(PLAIN)
    await found.push("1.0.0", branch="master")
    return found


async def restore(shelf: Shelf, tag: str, letter: str | None = None, by: str = "ci") -> None:
    digest = image(letter).digest if letter else None
    metadata = shelf.metadata.by(Actor(by))
    planned = await metadata.read(restoring.plan, NAME, Tag(tag), digest)
    assert await metadata.write(restoring.restore, NAME, Tag(tag), digest) == planned


async def test_a_version_that_comes_back_takes_its_aliases_along(shelf: Shelf) -> None:
    await shelf.push("1.0.1", "B")
    for tag in ("1.0.1", "1.0", "1", "latest"):
        await shelf.untag(tag)
    await restore(shelf, "1.0.1")
    found = await shelf.tags()
    assert found == {"1.0.0": "A", **dict.fromkeys(("1.0.1", "1.0", "1", "latest"), "B")}
    causes = {str(move.tag): move.cause for move in await shelf.moves()}
    assert (causes["1.0.1"], causes["latest"]) == ("restore", "rule")


async def test_an_alias_does_not_go_back_behind_a_version(shelf: Shelf) -> None:
    await shelf.push("1.0.1", "B")
    with pytest.raises(Refused, match=r"latest follows the highest of all versions, which is 1"):
        await restore(shelf, "latest")
    with pytest.raises(Refused, match=r"to go back, delete 1\.0\.1 first"):
        await restore(shelf, "latest")
    await shelf.untag("1.0.1")
    await restore(shelf, "latest")
    assert (await shelf.tags())["latest"] == "A"


async def test_a_protected_tag_goes_back_for_its_movers(shelf: Shelf) -> None:
    await shelf.push("master")
    await shelf.push("master", "B")
    await shelf.rule(Rules(protected={"master": ("carol",)}))
    with pytest.raises(Refused, match="master is protected"):
        await restore(shelf, "master")
    await restore(shelf, "master", "A", by="carol")
    assert (await shelf.tags())["master"] == "A"


async def test_without_a_policy_anything_goes_back(shelf: Shelf) -> None:
    await shelf.metadata.write(lambda tx: tx.policies.remove(Pattern(NAME)))
    await shelf.push("latest 1.0.0", "B")
    await restore(shelf, "1.0.0")
    assert await shelf.tags() == {**dict.fromkeys(("1.0.0", "1.0", "1"), "A"), "latest": "B"}
