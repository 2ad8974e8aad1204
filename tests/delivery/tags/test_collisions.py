"""Collisions: the tag of a branch is not taken by another branch unseen."""

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Metadata
from longshore.delivery.tags.rules import Rules, Variants
from tests.delivery.tags.shelf import Shelf

FIXED = {"develop": "edge", "next": "edge", "wip/*": "", "*": "{slug}"}


@pytest.fixture
async def shelf(metadata: Metadata) -> Shelf:
    found = Shelf(metadata)
    await found.rule(Rules(branches=FIXED, variants=Variants(names=("alpine",))))
    return found


async def test_another_branch_is_told_the_tag_that_it_has(shelf: Shelf) -> None:
    await shelf.push("feature-x", branch="feature-x")
    await shelf.push("feature-x", "B", branch="feature-x")
    with pytest.raises(Refused) as refused:
        await shelf.push("feature-x", "C", branch="feature/x")
    assert str(refused.value) == (
        "feature-x is of branch feature-x, and this image is of feature/x:"
        " push it as feature-x-217d2bf"
    )
    await shelf.push("feature-x-217d2bf", "C", branch="feature/x")
    assert await shelf.tags() == {"feature-x": "B", "feature-x-217d2bf": "C"}


async def test_the_image_of_a_variant_has_a_branch_too(shelf: Shelf) -> None:
    await shelf.push("feature-x-alpine", branch="feature-x")
    with pytest.raises(Refused, match="is of branch feature-x, and this image is of feature/x"):
        await shelf.push("feature-x-alpine", "B", branch="feature/x")


@pytest.mark.parametrize(
    ("tag", "first", "second"),
    [
        ("feature-x", "feature-x", ""),  # it does not say where it comes from
        ("feature-x", "", "feature/x"),
        ("edge", "develop", "next"),  # who maps two branches to one tag wants it so
        ("staging", "develop", "feature/x"),  # a tag that somebody chose
        ("wip-x", "wip/x", "feature/x"),  # which the map does not make of the branch
    ],
)
async def test_what_is_no_collision(shelf: Shelf, tag: str, first: str, second: str) -> None:
    await shelf.push(tag, branch=first)
    await shelf.push(tag, "B", branch=second)
    assert await shelf.tags() == {tag: "B"}


async def test_a_tag_that_was_deleted_is_free(shelf: Shelf) -> None:
    await shelf.push("feature-x", branch="feature-x")
    await shelf.untag("feature-x")
    await shelf.push("feature-x", "B", branch="feature/x")


async def test_a_branch_without_a_tag_of_its_own_is_told_nothing_more(shelf: Shelf) -> None:
    await shelf.push("feature-x", branch="feature-x")
    with pytest.raises(Refused, match=r"this image is of wip/x$"):
        await shelf.push("feature-x", "B", branch="wip/x")


async def test_the_rule_can_be_switched_off(shelf: Shelf) -> None:
    await shelf.rule(Rules(branches=FIXED, collisions="allow"))
    await shelf.push("feature-x", branch="feature-x")
    await shelf.push("feature-x", "B", branch="feature/x")
