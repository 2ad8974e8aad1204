"""Protected tags: who may move and delete them, and what goes on without."""

import pytest

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Metadata
from longshore.delivery.tags.rules import Rules
from tests.delivery.tags.shelf import Shelf

GUARDED = Rules(
    protected={
        "latest": ("carol", "@releasers"),
        "2.*": ("carol",),
        "release-*": ("authenticated",),
        "frozen": (),
    }
)


@pytest.fixture
async def shelf(metadata: Metadata) -> Shelf:
    found = Shelf(metadata)
    await found.rule(GUARDED)
    await metadata.write(lambda tx: tx.groups.add("releasers", "dave"))
    return found


@pytest.mark.parametrize(
    ("who", "tag", "is_mover"),
    [
        ("carol", "latest", True),
        ("dave", "latest", True),
        ("ci", "latest", False),
        ("anonymous", "latest", False),
        ("dave", "2.0.0", False),
        ("ci", "release-1", True),
        ("anonymous", "release-1", False),
        ("carol", "frozen", False),
        ("ci", "develop", True),
    ],
)
async def test_who_moves_and_deletes_what(shelf: Shelf, who: str, tag: str, is_mover: bool) -> None:
    if is_mover:
        await shelf.push(tag, by=who)
        await shelf.untag(tag, by=who)
        return
    with pytest.raises(Refused, match=rf"^{tag} is protected: only .* may move or delete it"):
        await shelf.push(tag, by=who)
    await shelf.fill({tag: "B"})
    with pytest.raises(Refused, match="ask one of them"):
        await shelf.untag(tag, by=who)
    with pytest.raises(Refused, match="is protected"):
        await shelf.delete("B", by=who)
    assert await shelf.tags() == {tag: "B"}


async def test_an_alias_that_the_pusher_may_not_move_stays_for_who_may(shelf: Shelf) -> None:
    await shelf.push("1.0.0", by="ci")
    assert await shelf.tags() == dict.fromkeys(("1.0.0", "1.0", "1"), "A")
    await shelf.put("B")
    released = await shelf.release("1.0.1", "B")
    reasons = {each.tag: each.reason for each in released.placed.placements if not each.moves}
    assert reasons == {
        "latest": "latest is protected: only @releasers and carol may move or delete it"
    }
    await shelf.push("latest", "B", by="dave")
    assert (await shelf.tags())["latest"] == "B"


async def test_what_names_this_already_may_be_pushed_by_anybody(shelf: Shelf) -> None:
    await shelf.push("1.0.0", by="carol")
    await shelf.push("latest", by="ci")
    await shelf.push("1.0.0", by="ci")
    assert (await shelf.tags())["latest"] == "A"


async def test_a_protected_version_is_refused_with_all_of_its_push(shelf: Shelf) -> None:
    with pytest.raises(Refused, match=r"2\.0\.0 is protected"):
        await shelf.push("develop 2.0.0", by="ci")
    await shelf.push("develop", by="ci")
    assert await shelf.tags() == {"develop": "A"}
