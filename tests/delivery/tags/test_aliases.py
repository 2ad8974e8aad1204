"""Aliases: every row of the requirements, and that none ever goes back."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.errors import Refused
from longshore.delivery.tags.aliases import check, likeness, plan, role
from longshore.delivery.tags.policy import Alias, Policy, Variants
from longshore.delivery.tags.versions import Version
from tests.delivery.tags import vectors
from tests.delivery.tags.vectors import REFUSED, VERSIONS, Vector, digests

STRETCH = vectors.STRETCH.to_policy()
CHANNEL = Policy(channel="next", variants=Variants(("stretch",)))


def version(text: str, policy: Policy = CHANNEL) -> Version:
    found = Version.read(text, policy.variants.names)
    assert found is not None
    return found


@pytest.mark.parametrize("row", VERSIONS, ids=lambda row: f"{row.existing}<{row.pushed}")
def test_what_moves_and_what_stays(row: Vector) -> None:
    existing = digests(row.existing)
    made = plan(row.policy, existing, version(row.pushed, row.policy), "A")
    assert made.moves == row.moves.split()
    assert [one.tag for one in made.decisions if not one.moves] == row.stays.split()
    assert all(one.reason for one in made.decisions)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.existing}<{row.pushed}")
def test_what_is_refused(row: Vector) -> None:
    with pytest.raises(Refused):
        plan(row.policy, digests(row.existing), version(row.pushed, row.policy), "A")


def test_reasons_name_the_version_that_stands_in_the_way() -> None:
    existing = digests("1.0.5 1.1.0 2.0.0")
    made = plan(Policy(), existing, version("1.0.6"), "A")
    assert {one.tag: one.reason for one in made.decisions} == {
        "1.0.6": "the version itself",
        "1.0": "1.0.6 is the highest of 1.0.*",
        "1": "1.1.0 is the highest of 1.*",
        "latest": "2.0.0 is the highest of all versions",
    }


def test_an_undeclared_variant_is_hinted_at() -> None:
    [hint] = plan(Policy(), {}, version("2.1.401-stretch", Policy()), "A").hints
    assert "if stretch is a variant of the image, declare it" in hint
    assert plan(Policy(), {}, version("1.2.0-rc.1"), "A").hints == ()
    assert plan(STRETCH, {}, version("2.1.401-stretch"), "A").hints == ()


def test_a_channel_follows_the_highest_version_of_all() -> None:
    def moves(existing: str, pushed: str) -> list[str]:
        return list(plan(CHANNEL, digests(existing), version(pushed), "A").moves)

    assert moves("1.1.9", "1.2.0-rc.1") == ["1.2.0-rc.1", "next"]
    assert moves("1.2.0-rc.2", "1.2.0-rc.1") == ["1.2.0-rc.1"]
    assert moves("1.2.0-rc.1", "1.2.0") == ["1.2.0", "1.2", "1", "latest", "next"]
    assert moves("1.0.5 1.2.0-rc.1", "1.0.6") == ["1.0.6", "1.0", "1", "latest"]
    assert moves("2.0.0", "1.2.0-rc.1-stretch") == ["1.2.0-rc.1-stretch", "next-stretch"]


def test_each_rule_can_be_switched_off_or_replaced() -> None:
    def moves(policy: Policy, pushed: str = "0.3.1", existing: str = "") -> list[str]:
        return list(plan(policy, digests(existing), version(pushed), "A").moves)

    assert moves(Policy(aliases=())) == ["0.3.1"]
    assert moves(Policy(zero_major=True)) == ["0.3.1", "0.3", "0", "latest"]
    own = Policy(aliases=(Alias("stable"), Alias("v{major}")))
    assert moves(own, "1.0.0", "2.0.0") == ["1.0.0", "v1"]
    mutable = Policy(immutable=False)
    assert moves(mutable, "1.0.5", "1.0.5=B 1.1.0") == ["1.0.5", "1.0"]


def test_a_version_that_reads_as_another_one_is_refused() -> None:
    policy = Policy(variants=Variants(("a", "b-a")))
    with pytest.raises(Refused, match="another version"):
        check(policy, Version(1, 0, 0, prerelease="b", variant="a"))


def test_a_version_whose_aliases_would_be_too_long_is_refused() -> None:
    number = int("1" * 124)
    check(Policy(), Version(number, 0, 0))
    with pytest.raises(Refused, match="too long"):
        check(Policy(aliases=(Alias("release-{major}"),)), Version(number, 0, 0))


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("1.0.5", "a version"),
        ("1.0.5-rc.1-stretch", "a version"),
        ("1.0", "an alias of versions"),
        ("2-stretch", "an alias of versions"),
        ("stretch", "an alias of versions"),
        ("next", "an alias of versions"),
        ("next-stretch", "an alias of versions"),
        ("latest", "an alias of versions"),
        ("develop", None),
        ("1.x", None),
        ("vnext", None),
    ],
)
def test_the_role_of_a_tag_among_versions(tag: str, what: str | None) -> None:
    assert role(CHANNEL, tag) == what
    assert likeness(CHANNEL, tag) == what


@pytest.mark.parametrize("tag", ["1", "v1", "v1.0", "1.0.0.0", "01", "latest"])
def test_some_tags_look_like_versions_to_anybody(tag: str) -> None:
    free = Policy(aliases=())
    assert role(free, tag) is None
    assert likeness(free, tag) == "an alias of versions"
    assert likeness(free, "v1.0.5") == "a version"


NUMBERS = st.integers(0, 3)
RELEASES = st.builds(
    Version,
    major=NUMBERS,
    minor=NUMBERS,
    patch=st.integers(0, 11),
    prerelease=st.sampled_from(["", "", "rc.1", "rc.2", "rc.10", "alpha"]),
    build=st.just(""),
    variant=st.sampled_from(["", "stretch"]),
)


@given(st.lists(RELEASES, unique=True, max_size=30))
def test_in_any_order_each_alias_is_at_its_highest_and_never_went_back(
    releases: list[Version],
) -> None:
    registry: dict[str, str] = {}  # the digest of a version is its own text
    history: dict[str, list[Version]] = {}
    for one in releases:
        for tag in plan(CHANNEL, registry, one, str(one)).moves:
            registry[tag] = str(one)
            history.setdefault(tag, []).append(one)
    for one in releases:
        assert registry[str(one)] == str(one)
    for alias in history.keys() - {str(one) for one in releases}:
        moved = [each.precedence for each in history[alias]]
        assert moved == sorted(moved)
    assert {alias: text for alias, text in registry.items() if alias != text} == highest(releases)


def highest(releases: list[Version]) -> dict[str, str]:
    """What every alias should name, by looking at all releases at once."""
    wanted: dict[str, str] = {}
    ordered = sorted(releases, key=lambda one: (one.variant, one.precedence))
    for variant, group in groupby(ordered, key=lambda one: one.variant):
        ending = f"-{variant}" if variant else ""
        for one in group:
            wanted[f"next{ending}"] = str(one)
            if one.prerelease:
                continue
            wanted[variant or "latest"] = str(one)
            wanted[f"{one.major}.{one.minor}{ending}"] = str(one)
            if one.major:
                wanted[f"{one.major}{ending}"] = str(one)
    return wanted


@given(st.lists(RELEASES, unique=True, min_size=1, max_size=9), st.data())
def test_a_second_release_of_the_same_content_changes_nothing(
    releases: list[Version], data: st.DataObject
) -> None:
    registry: dict[str, str] = {}
    for one in releases:
        registry |= dict.fromkeys(plan(CHANNEL, registry, one, str(one)).moves, str(one))
    again = data.draw(st.sampled_from(releases))
    assert plan(CHANNEL, registry, again, str(again)).moves == []
    with pytest.raises(Refused, match="never changes"):
        plan(CHANNEL, registry, again, "other")
