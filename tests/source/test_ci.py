"""Build systems: what their variables say, and the clones that they make."""

from pathlib import Path

import pytest

from longshore.delivery.errors import Undetermined
from longshore.delivery.tags.naming import Known, names
from longshore.delivery.tags.policy import Policy
from longshore.source import checkout, ci
from longshore.source.ci import Build
from tests.source.repository import ENVIRON, Repository, gitflow

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
GITLAB = {"CI": "true", "GITLAB_CI": "true"}
AZURE = {"TF_BUILD": "True"}
JENKINS = {"JENKINS_URL": "https://jenkins/"}
BITBUCKET = {"CI": "true", "BITBUCKET_BUILD_NUMBER": "1"}
DRONE = {"CI": "true", "DRONE": "true"}
WOODPECKER = {"CI": "woodpecker"}
CIRCLE = {"CI": "true", "CIRCLECI": "true"}

FEATURE = Build(branch="feature/x")
TAG = Build(tag="v1.0.5")
PULL = Build(branch="pr/7", is_pull_request=True)


@pytest.mark.parametrize(
    ("system", "variables", "build"),
    [
        (GITHUB, {"GITHUB_REF": "refs/heads/feature/x"}, FEATURE),
        (GITHUB, {"GITHUB_REF": "refs/tags/v1.0.5"}, TAG),
        (GITHUB, {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_HEAD_REF": "master"}, PULL),
        (
            GITHUB,
            {"GITHUB_REF": "refs/heads/master", "GITHUB_HEAD_REF": "master"},
            Build(is_pull_request=True),
        ),
        (GITHUB, {"GITHUB_REF": "refs/notes/x"}, Build()),
        (GITLAB, {"CI_COMMIT_BRANCH": "feature/x"}, FEATURE),
        (GITLAB, {"CI_COMMIT_TAG": "v1.0.5"}, TAG),
        (GITLAB, {"CI_MERGE_REQUEST_IID": "7"}, PULL),
        (AZURE, {"BUILD_SOURCEBRANCH": "refs/heads/feature/x"}, FEATURE),
        (AZURE, {"BUILD_SOURCEBRANCH": "refs/tags/v1.0.5"}, TAG),
        (AZURE, {"BUILD_SOURCEBRANCH": "refs/pull/7/merge"}, PULL),
        (JENKINS, {"BRANCH_NAME": "feature/x"}, FEATURE),
        (JENKINS, {"GIT_BRANCH": "origin/feature/x"}, FEATURE),
        (JENKINS, {"GIT_BRANCH": "detached"}, Build()),
        (JENKINS, {"BRANCH_NAME": "v1.0.5", "TAG_NAME": "v1.0.5"}, TAG),
        (JENKINS, {"BRANCH_NAME": "PR-7", "CHANGE_ID": "7", "CHANGE_BRANCH": "master"}, PULL),
        (BITBUCKET, {"BITBUCKET_BRANCH": "feature/x"}, FEATURE),
        (BITBUCKET, {"BITBUCKET_TAG": "v1.0.5"}, TAG),
        (BITBUCKET, {"BITBUCKET_BRANCH": "feature/x", "BITBUCKET_PR_ID": "7"}, PULL),
        (DRONE, {"DRONE_BRANCH": "feature/x"}, FEATURE),
        (DRONE, {"DRONE_BRANCH": "master", "DRONE_TAG": "v1.0.5"}, TAG),
        (DRONE, {"DRONE_BRANCH": "master", "DRONE_PULL_REQUEST": "7"}, PULL),
        (WOODPECKER, {"CI_COMMIT_BRANCH": "feature/x"}, FEATURE),
        (WOODPECKER, {"CI_COMMIT_BRANCH": "master", "CI_COMMIT_TAG": "v1.0.5"}, TAG),
        (WOODPECKER, {"CI_COMMIT_BRANCH": "master", "CI_COMMIT_PULL_REQUEST": "7"}, PULL),
        (CIRCLE, {"CIRCLE_BRANCH": "feature/x"}, FEATURE),
        (CIRCLE, {"CIRCLE_TAG": "v1.0.5"}, TAG),
        (CIRCLE, {"CIRCLE_BRANCH": "pull/7", "CIRCLE_PR_NUMBER": "7"}, PULL),
        ({"CI": "1"}, {"BRANCH_NAME": "feature/x"}, FEATURE),
        ({"CI": "1"}, {"TAG_NAME": "v1.0.5"}, TAG),
        ({"CI": "1"}, {}, Build()),
        ({}, {"BRANCH_NAME": "feature/x", "CI_COMMIT_TAG": "v1.0.5"}, Build()),
    ],
)
def test_what_the_variables_say(
    system: dict[str, str], variables: dict[str, str], build: Build
) -> None:
    assert ci.read(system | variables) == build


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return gitflow(tmp_path_factory.mktemp("gitflow") / "product")


@pytest.fixture
def clone(product: Repository, tmp_path: Path) -> Repository:
    """A clone that has fetched nothing yet."""
    made = Repository.make(tmp_path / "clone")
    made.git("remote", "add", "origin", product.url)
    return made


def tags(clone: Repository, environ: dict[str, str]) -> list[str]:
    found = checkout.read(clone.folder, ENVIRON | environ)
    return list(names(Policy(), found, Known()).tags)


def fetch(clone: Repository, *what: str) -> None:
    clone.git("fetch", "--quiet", "--force", "origin", *what)


def whole(clone: Repository) -> None:
    fetch(clone, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


def test_github_actions_as_it_is_set_up_by_default(product: Repository, clone: Repository) -> None:
    """One commit, no tags: a branch cannot know whether it is at a version."""
    commit = product.git("rev-parse", "master")
    fetch(clone, "--no-tags", "--depth=1", f"+{commit}:refs/remotes/origin/master")
    clone.git("checkout", "--quiet", "-B", "master", "refs/remotes/origin/master")
    build = GITHUB | {"GITHUB_REF": "refs/heads/master"}
    with pytest.raises(Undetermined, match="fetch-depth: 0"):
        tags(clone, build)
    clone.git("fetch", "--quiet", "--unshallow", "--tags")
    assert tags(clone, build) == ["2.0.0", "master"]


def test_github_actions_for_a_tag(product: Repository, clone: Repository) -> None:
    """The tag that it runs for is known, whatever else is missing."""
    commit = product.git("rev-parse", "v1.0.6^{commit}")
    fetch(clone, "--no-tags", "--depth=1", f"+{commit}:refs/tags/v1.0.6")
    clone.git("checkout", "--quiet", "refs/tags/v1.0.6")
    assert tags(clone, GITHUB | {"GITHUB_REF": "refs/tags/v1.0.6"}) == ["1.0.6"]
    clone.git("tag", "--delete", "v1.0.6")
    assert tags(clone, GITHUB | {"GITHUB_REF": "refs/tags/v1.0.6"}) == ["1.0.6"]


def test_github_actions_for_a_pull_request(product: Repository, clone: Repository) -> None:
    commit = product.git("rev-parse", "feature/x")
    fetch(clone, "--no-tags", "--depth=1", f"+{commit}:refs/remotes/pull/7/merge")
    clone.git("checkout", "--quiet", "refs/remotes/pull/7/merge")
    build = GITHUB | {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_HEAD_REF": "master"}
    assert tags(clone, build) == ["pr-7"]
    with pytest.raises(Undetermined, match="say --branch"):
        tags(clone, build | {"GITHUB_REF": "refs/heads/master"})


def test_gitlab(product: Repository, clone: Repository) -> None:
    """HEAD is detached always; twenty commits, unless GIT_DEPTH says 0."""
    commit = product.git("rev-parse", "support/1.x")
    fetch(clone, "--depth=2", f"+{commit}:refs/pipelines/1")
    clone.git("checkout", "--quiet", "--force", commit)
    build = GITLAB | {"CI_COMMIT_BRANCH": "support/1.x"}
    with pytest.raises(Undetermined, match="--unshallow --tags"):
        tags(clone, build)
    assert tags(clone, GITLAB | {"CI_COMMIT_TAG": "v1.0.7"}) == ["1.0.7"]
    fetch(clone, "--unshallow", "--tags")
    assert tags(clone, build) == ["1.0.7", "support-1.x"]


@pytest.mark.parametrize(
    "build",
    [
        AZURE | {"BUILD_SOURCEBRANCH": "refs/heads/feature/x"},
        JENKINS | {"GIT_BRANCH": "origin/feature/x"},
        BITBUCKET | {"BITBUCKET_BRANCH": "feature/x"},
        WOODPECKER | {"CI_COMMIT_BRANCH": "feature/x"},
    ],
)
def test_a_whole_clone_with_a_detached_head(
    product: Repository, clone: Repository, build: dict[str, str]
) -> None:
    whole(clone)
    clone.git("checkout", "--quiet", "--force", product.git("rev-parse", "feature/x"))
    assert tags(clone, build) == ["feature-x"]
    with pytest.raises(Undetermined, match="HEAD is detached"):
        tags(clone, {})


@pytest.mark.parametrize(
    "build",
    [
        DRONE | {"DRONE_BRANCH": "master", "DRONE_PULL_REQUEST": "7"},
        CIRCLE | {"CIRCLE_BRANCH": "pull/7", "CIRCLE_PR_NUMBER": "7"},
    ],
)
def test_a_pull_request_never_has_the_names_of_the_branch_that_it_is_merged_into(
    clone: Repository, build: dict[str, str]
) -> None:
    """Some systems merge it right there, on a branch that is called like the target."""
    whole(clone)
    clone.git("checkout", "--quiet", "-B", "master", "origin/master")
    assert tags(clone, build) == ["pr-7"]
