"""Naming: what a checkout is called, and what is said instead where that is in doubt."""

from dataclasses import replace

import pytest

from longshore.delivery.errors import Refused, Undetermined
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.naming import Known, Naming, labels, names
from longshore.delivery.tags.policy import Policy, Variants

MASTER = Checkout(branch="master", tags=("v1.0.5",))
DEVELOP = Checkout(branch="develop")
EMPTY = Known(())
POLICY = Policy(variants=Variants(("stretch", "runtime"), default="runtime"))


def tags(
    checkout: Checkout, known: Known = EMPTY, policy: Policy = POLICY, variant: str = ""
) -> list[str]:
    return list(names(policy, checkout, known, variant=variant).tags)


def kinds(naming: Naming) -> dict[str, str]:
    return {name.tag: name.kind for name in naming.names}


def test_a_build_carries_several_names_in_the_order_to_push() -> None:
    named = names(POLICY, MASTER, EMPTY)
    assert named.tags == ["1.0.5", "1.0", "1", "latest", "master"]
    assert kinds(named) == {
        "1.0.5": "version",
        "1.0": "alias",
        "1": "alias",
        "latest": "alias",
        "master": "branch",
    }
    assert all(name.reason for name in named.names)


def test_aliases_stay_where_the_registry_has_higher_versions() -> None:
    named = names(POLICY, MASTER, Known(["1.0.5", "1.1.0", "2.0.0", "master"]))
    assert named.tags == ["1.0.5", "1.0", "master"]
    assert [(each.tag, each.reason) for each in named.withheld] == [
        ("1", "1.1.0 is the highest of 1.*"),
        ("latest", "2.0.0 is the highest of all versions"),
    ]


def test_without_a_registry_no_alias_is_decided() -> None:
    named = names(POLICY, MASTER, Known())
    assert named.tags == ["1.0.5", "master"]
    assert named.withheld == ()
    assert named.undecided == ("1.0", "1", "latest")
    assert names(POLICY, DEVELOP, Known()).undecided == ()


def test_tags_of_git_stand_for_a_registry_that_has_all_of_them() -> None:
    in_git = ["v1.0.5", "v2.0.0", "v0.9.0-slim", "1.0", "other", "v1.1.0-stretch"]
    plain = Known.from_git(POLICY, in_git, "")
    assert sorted(plain.tags or ()) == ["0.9.0-slim", "1.0.5", "1.1.0-stretch", "2.0.0"]
    assert tags(MASTER, plain) == ["1.0.5", "1.0", "1", "master"]
    stretch = Known.from_git(POLICY, in_git, "stretch")
    wanted = ["1.0.5-stretch", "1.0-stretch", "master-stretch"]
    assert tags(MASTER, stretch, variant="stretch") == wanted


def test_a_tag_for_the_default_variant_and_one_without_are_one_version() -> None:
    both = replace(MASTER, tags=("v1.0.5", "v1.0.5-runtime"))
    assert sorted(tags(both, Known())) == ["1.0.5", "1.0.5-runtime", "master"]


def test_a_commit_may_be_a_candidate_and_a_release() -> None:
    both = replace(MASTER, tags=("v2.0.0", "v2.0.0-rc.2", "deployed"))
    named = names(POLICY, both, Known(["1.0.5", "2.0.0-rc.1"]))
    assert named.tags == ["2.0.0-rc.2", "2.0.0", "2.0", "2", "latest", "master"]
    assert named.withheld == ()
    assert named.notes == ("the tag deployed in git is not a version",)
    swapped = replace(MASTER, tags=("v1.1.0-rc.1", "v1.0.5"))
    assert tags(swapped) == ["1.0.5", "1.1.0-rc.1", "1.0", "1", "latest", "master"]


def test_notes_and_hints_are_passed_on() -> None:
    [hint] = names(POLICY, replace(MASTER, tags=("v1.0.5-slim",)), EMPTY).notes
    assert "if slim is a variant of the image, declare it" in hint


def test_a_tag_of_git_that_is_the_name_of_an_alias_is_refused() -> None:
    for tag in ("1.0", "v1", "v1.0", "2-stretch"):
        with pytest.raises(Refused, match="is the name of an alias"):
            tags(replace(MASTER, tags=(tag,)))
    beside = replace(MASTER, tags=("v1", "v1.0.5"))
    assert "1.0.5" in tags(beside)
    assert tags(replace(MASTER, tags=("latest", "other"))) == ["master"]


def test_a_prefix_tells_the_parts_of_one_repository_apart() -> None:
    policy = Policy(tag_prefix="web-")
    both = replace(MASTER, tags=("web-1.2.0", "api-3.0.0", "4.0.0"))
    assert tags(both, Known(), policy) == ["1.2.0", "master"]


@pytest.mark.parametrize("given", ["1.0.6", "v1.0.6"])
def test_a_version_that_is_given_counts_instead_of_the_tags(given: str) -> None:
    told = MASTER.told(None, given)
    assert tags(told, Known()) == ["1.0.6", "master"]
    assert tags(Checkout().told(None, given), Known()) == ["1.0.6"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("1.0", "is the name of an alias"),
        ("latest", "is the name of an alias"),
        ("one", "is no version"),
        ("1.0.5+b7", "build metadata"),
    ],
)
def test_a_version_that_is_none_is_refused(given: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        tags(MASTER.told(None, given))


def test_a_build_has_no_alias() -> None:
    policy = Policy(builds="separate")
    assert tags(MASTER.told(None, "1.0.5+b7"), EMPTY, policy) == ["1.0.5_b7", "master"]


def test_a_variant_is_part_of_every_name() -> None:
    wanted = ["1.0.5-stretch", "1.0-stretch", "1-stretch", "stretch", "master-stretch"]
    assert tags(MASTER, variant="stretch") == wanted
    in_git = replace(MASTER, tags=("v1.0.5-stretch", "v1.0.6-runtime"))
    assert tags(in_git, variant="stretch") == wanted
    assert tags(MASTER.told(None, "1.0.5"), Known(), variant="stretch") == [wanted[0], wanted[-1]]
    with pytest.raises(Refused, match="variant runtime, not of stretch"):
        tags(MASTER.told(None, "1.0.5-runtime"), variant="stretch")
    with pytest.raises(Refused, match="no variant slim"):
        tags(MASTER, variant="slim")


def test_the_default_variant_has_the_plain_names_as_well() -> None:
    assert tags(MASTER, Known(["2.0.0"]), variant="runtime") == [
        "1.0.5-runtime",
        "1.0.5",
        "1.0-runtime",
        "1-runtime",
        "runtime",
        "1.0",
        "1",
        "master-runtime",
        "master",
    ]


def test_versions_can_be_kept_to_some_branches() -> None:
    policy = Policy(release_branches=("master", "support/*"))
    assert tags(MASTER, Known(), policy) == ["1.0.5", "master"]
    elsewhere = replace(MASTER, branch="feature/x", is_shallow=True)
    named = names(policy, elsewhere, Known())
    assert named.tags == ["feature-x"]
    assert named.notes == ("1.0.5 is tagged here, but feature/x is no branch that releases",)
    assert tags(replace(MASTER, branch=None), Known(), policy) == ["1.0.5"]


def test_a_shallow_clone_is_told_how_to_become_a_whole_one() -> None:
    shallow = replace(MASTER, is_shallow=True)
    with pytest.raises(Undetermined, match="git fetch --unshallow --tags"):
        tags(shallow)
    assert tags(shallow.told("develop", None), Known()) == ["1.0.5", "develop"]
    assert tags(shallow.told(None, "1.0.7"), Known()) == ["1.0.7", "master"]
    assert shallow.told(None, None) is shallow


def test_a_detached_head_needs_a_version_or_a_word() -> None:
    with pytest.raises(Undetermined, match="say --branch"):
        tags(Checkout())
    assert tags(replace(MASTER, branch=None), Known()) == ["1.0.5"]
    assert tags(Checkout().told("develop", None)) == ["develop"]


def test_a_branch_without_a_tag_is_refused_unless_there_is_a_version() -> None:
    policy = Policy(branches=())
    with pytest.raises(Refused, match="no tag for develop"):
        tags(DEVELOP, EMPTY, policy)
    assert tags(MASTER, Known(), policy) == ["1.0.5"]


def test_changed_files_are_no_version() -> None:
    changed = replace(MASTER, changes=("a", "b", "c", "d"))
    with pytest.raises(Refused, match=r"\(a, b, c and 1 more\).*git stash"):
        tags(changed)
    named = names(POLICY, changed, EMPTY, allows_changes=True)
    assert named.tags == ["master-dirty"]
    assert named.notes == ("files differ from the commit, so this is not 1.0.5",)
    with pytest.raises(Refused, match=r"\(a\)"):
        names(
            POLICY, replace(DEVELOP.told(None, "1.0.5"), changes=("a",)), EMPTY, allows_changes=True
        )


def test_branches_that_the_registry_remembers_keep_their_tags() -> None:
    known = Known((), {"feature-x": "feature-x"})
    [tag] = tags(Checkout(branch="feature/x"), known)
    assert tag.startswith("feature-x-")


def test_labels_say_what_is_known() -> None:
    assert labels(Checkout(), "", "") == {}
    checkout = Checkout("c0ffee", "2026-01-02T03:04:05Z", "feature/x", source="https://h/a/app")
    assert labels(checkout, "feature-x", "app") == {
        "longshore.branch": "feature/x",
        "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
        "org.opencontainers.image.revision": "c0ffee",
        "org.opencontainers.image.source": "https://h/a/app",
        "org.opencontainers.image.title": "app",
        "org.opencontainers.image.url": "https://h/a/app",
        "org.opencontainers.image.version": "feature-x",
    }
