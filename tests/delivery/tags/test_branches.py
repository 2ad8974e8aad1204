"""Branches: every row of the requirements; tags are legal, and two branches never share one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.errors import Refused
from longshore.delivery.tags.branches import slug, tag_of
from longshore.delivery.tags.policy import LATEST, SLUG, Alias, BranchRule, Policy, Variants
from longshore.delivery.tags.versions import TAG_LIMIT
from longshore.oci.names import Tag

SAMPLE = Policy()
HASH = re.compile(r"-[0-9a-f]{7}\Z")


def tag(
    branch: str, policy: Policy = SAMPLE, sources: dict[str, str] | None = None, suffix: str = ""
) -> str | None:
    found = tag_of(policy, branch, sources or {}, suffix)
    return found and found.tag


@pytest.mark.parametrize(
    ("branch", "wanted"),
    [
        ("develop", "develop"),
        ("master", "master"),
        ("main", "main"),
        ("release/1.1", "release-1.1"),
        ("hotfix/1.0.6", "hotfix-1.0.6"),
        ("support/1.x", "support-1.x"),
        ("feature/x", "feature-x"),
        ("feature/ABC-1/Some_Thing", "feature-ABC-1-Some_Thing"),
        ("_x", "_x"),
    ],
)
def test_gitflow_branches_are_told_by_their_name(branch: str, wanted: str) -> None:
    assert tag(branch) == wanted


@pytest.mark.parametrize(
    ("branch", "kept"),
    [
        (".wip", "wip"),
        ("-x", "x"),
        ("été", "t"),
        ("x-", "x"),
        ("fix#12", "fix-12"),
        ("a//b", "a-b"),
        ("日本", "branch"),
        ("dependabot/@types/node", "dependabot-types-node"),
    ],
)
def test_what_a_tag_cannot_spell_is_made_up_for_by_a_hash(branch: str, kept: str) -> None:
    found = tag_of(SAMPLE, branch, {})
    assert found is not None
    assert HASH.sub("", found.tag) == kept != found.tag
    assert "with a hash for what a tag cannot spell" in found.reason


def test_a_long_branch_is_cut_and_hashed() -> None:
    found = tag("x" * 200)
    assert found is not None
    assert found[:121] == "x" * 120 + "-"
    assert HASH.search(found)
    assert len(found) == TAG_LIMIT
    assert tag("x" * 128) == "x" * 128
    assert tag("x" * 119 + "." + "y" * 80, suffix="-dirty") != tag("x" * 200, suffix="-dirty")


def test_a_branch_does_not_take_the_tag_of_another() -> None:
    sources = {"feature-x": "feature-x"}
    assert tag("feature-x", sources=sources) == "feature-x"
    found = tag_of(SAMPLE, "feature/x", sources)
    assert found is not None
    assert re.fullmatch(r"feature-x-[0-9a-f]{7}", found.tag)
    assert "another branch has the tag without" in found.reason
    with pytest.raises(Refused, match="that of branch other already"):
        tag("feature/x", sources=sources | {found.tag: "other"})


@pytest.mark.parametrize("branch", ["latest", "1", "1.0", "1.0.5", "v1", "v1.0.5-rc.1"])
def test_a_branch_that_looks_like_a_version_is_escaped_or_refused(branch: str) -> None:
    escaped = tag_of(SAMPLE, branch, {})
    assert escaped is not None
    assert escaped.tag == f"branch-{branch}"
    assert "looks like" in escaped.reason
    assert "hash" not in escaped.reason
    with pytest.raises(Refused, match="rename the branch"):
        tag(branch, Policy(lookalikes="refuse"))


def test_a_hash_can_make_a_branch_look_like_a_version() -> None:
    assert re.fullmatch(r"branch-1.0.5-[0-9a-f]{7}", tag("1.0.5é") or "")


def test_names_of_variants_and_channels_are_taken() -> None:
    policy = Policy(channel="next", variants=Variants(("stretch", "branch-7")))
    assert tag("stretch", policy) == "branch-stretch"
    assert tag("next", policy) == "branch-next"
    assert tag("2-stretch", policy) == "branch-2-stretch"
    assert tag("stretch") == "stretch"
    with pytest.raises(Refused, match="an alias of versions"):
        tag("7", policy)


def test_the_map_is_the_teams() -> None:
    rules = (
        BranchRule("trunk", "edge"),
        BranchRule("pr/*", f"preview-{SLUG}"),
        BranchRule("wip/*", ""),
    )
    policy = Policy(branches=rules)
    assert tag("trunk", policy) == "edge"
    assert tag("trunk", policy, {"edge": "develop"}) == "edge"
    assert tag("pr/7", policy) == "preview-pr-7"
    assert tag("wip/x", policy) is None
    assert tag("other", policy) is None
    assert tag("trunk", policy, suffix="-stretch") == "edge-stretch"


def test_the_map_does_not_overrule_versions() -> None:
    onto_latest = (BranchRule("master", LATEST),)
    with pytest.raises(Refused, match="switch that alias off"):
        tag("master", Policy(branches=onto_latest))
    only_numbers = (Alias.parse("minor"),)
    assert tag("master", Policy(branches=onto_latest, aliases=only_numbers)) == LATEST


BRANCHES = st.text(min_size=1, max_size=200) | st.text("ab/.-é1v", min_size=1, max_size=9)
TEMPLATES = st.sampled_from([SLUG, f"x-{SLUG}", f"{SLUG}-{'y' * 30}", f"v{SLUG}"])


@given(BRANCHES, TEMPLATES, st.sampled_from(["", "-dirty", "-" + "s" * 32 + "-dirty"]))
def test_tags_of_branches_are_legal_and_no_versions(
    branch: str, template: str, suffix: str
) -> None:
    policy = Policy(branches=(BranchRule("*", template),))
    found = tag_of(policy, branch, {}, suffix)
    assert found is not None
    assert Tag.parse(found.tag) == found.tag
    assert not re.match(r"v?[0-9]+(\.[0-9]+)*\Z|latest\Z", found.tag)


@given(st.lists(BRANCHES, unique=True, max_size=12))
def test_two_branches_never_share_a_tag_silently(branches: list[str]) -> None:
    sources: dict[str, str] = {}
    for branch in branches:
        try:
            found = tag(branch, sources=sources)
        except Refused:
            continue
        assert found is not None
        assert sources.setdefault(found, branch) == branch


@given(BRANCHES, BRANCHES)
def test_without_a_registry_only_a_slash_and_a_dash_are_alike(one: str, other: str) -> None:
    if slug(one, TAG_LIMIT) == slug(other, TAG_LIMIT):
        assert one.replace("/", "-") == other.replace("/", "-")
