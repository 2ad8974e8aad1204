"""Releases in any order, under several policies: what the aliases are in the end, and were."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longshore.delivery.tags import aliases
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.rules import Releases, Rules, Variants
from longshore.delivery.tags.versions import Version
from longshore.storage.memory.metadata import MemoryMetadata
from tests.backends import HOUR, Time
from tests.delivery.tags.shelf import Shelf

CHANNEL = Rules(releases=Releases(prerelease_channel="next"), variants=Variants(names=("slim",)))
OWN = Rules(
    releases=Releases(aliases=("v{major}", "{major}.{minor}-lts", "stable"), zero_major=True),
    variants=Variants(names=("slim", "debug"), default="slim"),
)

RELEASES = st.builds(
    Version,
    major=st.integers(0, 2),
    minor=st.sampled_from([0, 1, 9, 10]),
    patch=st.sampled_from([0, 1, 9, 10, 11]),
    prerelease=st.sampled_from(["", "", "", "rc.1", "rc.10", "alpha"]),
    build=st.just(""),
    variant=st.sampled_from(["", "slim"]),
)


def highest(policy: Policy, releases: list[Version]) -> dict[str, Version]:
    """What every alias should name, by looking at all versions at once."""
    found: dict[str, Version] = {}
    lines = {line for one in releases for line in aliases.lines(policy, one)}
    for line in sorted(lines, key=lambda one: one.precedence):
        for alias in policy.all_aliases:
            is_number_0 = alias.fields == ["major"] and line.major == 0 and not policy.zero_major
            if (line.is_stable and not is_number_0) or alias.template == policy.channel:
                found[alias.of(line)] = line
    return found


async def release(rules: Rules, releases: list[Version], step: int) -> Shelf:
    """Each is an image of its own, whose letter is its version; some come several at a time."""
    shelf = Shelf(MemoryMetadata(HOUR, Time()))
    await shelf.rule(rules)
    for one in releases[::step]:
        await shelf.push(one.tag, str(one))
    for one in releases:
        await shelf.put(str(one))
        await shelf.release(str(one), str(one))
    return shelf


@pytest.mark.parametrize("rules", [CHANNEL, OWN], ids=["sample", "own"])
@settings(deadline=None)  # each example is some dozens of transactions
@given(
    releases=st.lists(RELEASES, unique_by=lambda one: one[:4], max_size=12),
    step=st.integers(1, 3),
)
def test_each_alias_is_at_its_highest_and_never_went_back(
    rules: Rules, releases: list[Version], step: int
) -> None:
    policy = rules.to_policy()
    shelf = asyncio.run(release(rules, releases, step))
    named = asyncio.run(shelf.tags())
    versions = {line.tag: str(one) for one in releases for line in aliases.lines(policy, one)}
    wanted = highest(policy, releases)
    assert named == versions | {tag: versions[version.tag] for tag, version in wanted.items()}
    for alias in wanted:
        moves = [move for move in asyncio.run(shelf.moves()) if move.tag == alias]
        read = [Version.read(shelf.letter(move.digest), policy.variants.names) for move in moves]
        order = [version.precedence for version in read if version]
        assert order == sorted(order)
