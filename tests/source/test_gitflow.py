"""A product with gitflow: what the image of every branch and every version is called."""

from pathlib import Path

import pytest

from longshore.delivery.tags.naming import Known, Naming, names
from longshore.delivery.tags.policy import Policy
from longshore.source import checkout
from tests.source.repository import ENVIRON, Repository, gitflow

# Tags in the order of release: what comes later is not known to the registry yet.
RELEASES = ["v1.0.5", "v1.0.6", "v2.0.0-rc.1", "v2.0.0", "v1.0.7"]

BRANCHES = {
    "master": ["2.0.0", "2.0", "2", "latest", "master"],
    "develop": ["develop"],
    "feature/x": ["feature-x"],
    "hotfix/2.0.1": ["hotfix-2.0.1"],
    "support/1.x": ["1.0.7", "1.0", "1", "support-1.x"],
}

VERSIONS = {
    "v1.0.5": ["1.0.5", "1.0", "1", "latest"],
    "v1.0.6": ["1.0.6", "1.0", "1", "latest"],
    "v2.0.0-rc.1": ["2.0.0-rc.1"],
    "v2.0.0": ["2.0.0", "2.0", "2", "latest"],
    "v1.0.7": ["1.0.7", "1.0", "1"],
}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return gitflow(tmp_path_factory.mktemp("gitflow") / "product")


@pytest.fixture
def clone(product: Repository, tmp_path: Path) -> Repository:
    product.git("clone", "--quiet", product.url, str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")


def named(repository: Repository, *released: str, **environ: str) -> Naming:
    """What it is called when the registry has the versions of these tags."""
    found = checkout.read(repository.folder, ENVIRON | environ)
    known = Known([tag.removeprefix("v") for tag in released])
    return names(Policy(), found, known)


@pytest.mark.parametrize("branch", BRANCHES)
def test_branches(clone: Repository, branch: str) -> None:
    clone.git("switch", "--quiet", branch)
    assert named(clone, *RELEASES).tags == BRANCHES[branch]


@pytest.mark.parametrize("tag", VERSIONS)
def test_versions_when_they_are_released(clone: Repository, tag: str) -> None:
    clone.git("switch", "--quiet", "--detach", tag)
    assert named(clone, *RELEASES[: RELEASES.index(tag)]).tags == VERSIONS[tag]


def test_a_version_built_again_moves_nothing_back(clone: Repository) -> None:
    clone.git("switch", "--quiet", "--detach", "v1.0.5")
    assert named(clone, *RELEASES).tags == ["1.0.5"]


def test_every_commit_has_the_names_of_its_tags_and_no_other(clone: Repository) -> None:
    commits = clone.git("rev-list", "--all").splitlines()
    tagged = {clone.git("rev-parse", f"{tag}^{{commit}}"): tag for tag in VERSIONS}
    assert len(tagged) == len(VERSIONS)
    for commit in commits:
        clone.git("switch", "--quiet", "--detach", commit)
        told = checkout.read(clone.folder, ENVIRON).told("develop", None)
        wanted = [tagged[commit].removeprefix("v")] if commit in tagged else []
        assert names(Policy(), told, Known()).tags == [*wanted, "develop"]


def test_the_reasons_are_told(clone: Repository) -> None:
    clone.git("switch", "--quiet", "support/1.x")
    told = named(clone, *RELEASES)
    assert [(name.tag, name.reason) for name in told.names] == [
        ("1.0.7", "the version itself"),
        ("1.0", "1.0.7 is the highest of 1.0.*"),
        ("1", "1.0.7 is the highest of 1.*"),
        ("support-1.x", "branch support/1.x"),
    ]
    assert [(one.tag, one.reason) for one in told.withheld] == [
        ("latest", "2.0.0 is the highest of all versions")
    ]
