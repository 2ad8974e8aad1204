"""Policies of repositories: kept as written, and found by the most specific pattern."""

import pytest

from longshore.delivery.ports import Metadata
from longshore.delivery.tags import policies
from longshore.delivery.tags.policy import Alias, Protection
from longshore.delivery.tags.rules import Releases, Rules
from longshore.oci.names import RepositoryName
from longshore.registry.access import LOCAL, Caller
from longshore.registry.patterns import Pattern
from longshore.registry.refusals import Unknown
from tests.registry.acts import act
from tests.registry.granting import known

APP = RepositoryName("team/app")


def rules(*aliases: str) -> Rules:
    return Rules(releases=Releases(aliases=aliases))


async def test_a_policy_is_kept_as_it_was_written(metadata: Metadata) -> None:
    written = {
        "lookalikes": "refuse",
        "releases": {"aliases": ["stable"], "prerelease_channel": "next"},
        "protected": {"latest": ["ci", "@releasers"]},
    }
    await metadata.write(policies.put, Pattern("team"), Rules.model_validate(written))
    found = await metadata.read(policies.find, APP)
    assert found is not None
    assert found.pattern == "team"
    assert Rules.model_validate_json(found.document).document() == written
    assert found.policy.aliases == (Alias("stable"),)
    assert found.policy.protections == (Protection("latest", frozenset({"ci", "@releasers"})),)


async def test_the_most_specific_pattern_decides(metadata: Metadata) -> None:
    patterns = ("**", "*/app", "team/**", "team/a*", "team/app")
    for pattern in reversed(patterns):
        await metadata.write(policies.put, Pattern(pattern), rules(f"of-{len(pattern)}"))
    for pattern in reversed(patterns):
        found = await metadata.read(policies.find, APP)
        assert found is not None
        assert found.pattern == pattern
        await metadata.write(policies.remove, Pattern(pattern))
    assert await metadata.read(policies.find, APP) is None
    assert await metadata.read(policies.of, APP) is None


async def test_policies_come_in_pages_to_who_decides_on_them(metadata: Metadata) -> None:
    for pattern in ("a", "b", "b/c", "d"):
        await metadata.write(policies.put, Pattern(pattern), rules())
    keeper = known("b:admin")

    async def page(caller: Caller, last: str, limit: int) -> tuple[list[str], str | None]:
        found, following = await metadata.read(policies.page, caller, last, limit)
        return [one.pattern for one in found], following

    assert await page(LOCAL, "a", 2) == (["b", "b/c"], "b/c")
    assert await page(LOCAL, "b/c", 2) == (["d"], None)
    assert await page(keeper, "", 1) == ([], "a")
    assert await page(keeper, "a", 3) == (["b", "b/c"], None)


async def test_a_change_is_in_the_audit_log(metadata: Metadata) -> None:
    put = await act(metadata, policies.put, Pattern("team"), rules("stable"))
    document = {"releases": {"aliases": ["stable"]}}
    assert put.lines == [("policy.set", "team", {"policy": document})]
    removed = await act(metadata, policies.remove, Pattern("team"))
    assert removed.lines == [("policy.remove", "team", {})]
    with pytest.raises(Unknown, match="no policy for team"):
        await metadata.write(policies.remove, Pattern("team"))


@pytest.mark.parametrize("tags", ["", "a b", "a/b", "x" * 129])
def test_what_is_no_tag_is_not_protected(tags: str) -> None:
    with pytest.raises(ValueError, match="write a tag"):
        Rules(protected={tags: ("ci",)})


@pytest.mark.parametrize("mover", ["", "@", "a b", "@@a"])
def test_who_moves_is_an_account_or_a_group(mover: str) -> None:
    with pytest.raises(ValueError, match="write an account"):
        Rules(protected={"latest": (mover,)})
