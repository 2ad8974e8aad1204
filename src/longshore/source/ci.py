"""Build systems: which branch, tag or pull request a build is for, by the variables that they set.

Decides which variable of which system says it. A pull request has a name of its own, never that
of its branch: anybody can open one from a branch that is called `master`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_REF = re.compile(r"refs/(heads|tags|pull)/(.+)")


class System(NamedTuple):
    """One build system: the variable that tells it, and those to look into, the first set wins."""

    name: str
    marker: str
    refs: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


class Build(NamedTuple):
    """What a build is for, as far as its system says."""

    branch: str | None = None
    tag: str | None = None
    is_pull_request: bool = False


SYSTEMS = (
    System("GitHub Actions", "GITHUB_ACTIONS", refs=("GITHUB_REF",)),
    System(
        "GitLab CI",
        "GITLAB_CI",
        pulls=("CI_MERGE_REQUEST_IID",),
        tags=("CI_COMMIT_TAG",),
        branches=("CI_COMMIT_BRANCH",),
    ),
    System("Azure Pipelines", "TF_BUILD", refs=("BUILD_SOURCEBRANCH",)),
    System(
        "Jenkins",
        "JENKINS_URL",
        pulls=("CHANGE_ID",),
        tags=("TAG_NAME",),
        branches=("BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH"),
    ),
    System(
        "Bitbucket Pipelines",
        "BITBUCKET_BUILD_NUMBER",
        pulls=("BITBUCKET_PR_ID",),
        tags=("BITBUCKET_TAG",),
        branches=("BITBUCKET_BRANCH",),
    ),
    System(
        "Drone",
        "DRONE",
        pulls=("DRONE_PULL_REQUEST",),
        tags=("DRONE_TAG",),
        branches=("DRONE_BRANCH",),
    ),
    System(
        "CircleCI",
        "CIRCLECI",
        pulls=("CIRCLE_PR_NUMBER",),
        tags=("CIRCLE_TAG",),
        branches=("CIRCLE_BRANCH",),
    ),
    # Woodpecker tells itself by the value of CI alone, and others may do as it does.
    System(
        "another system",
        "CI",
        pulls=("CI_COMMIT_PULL_REQUEST",),
        tags=("CI_COMMIT_TAG", "TAG_NAME"),
        branches=("CI_COMMIT_BRANCH", "BRANCH_NAME"),
    ),
)


def read(environ: Mapping[str, str]) -> Build:
    """What these variables say; nothing outside a build system."""
    system = next((each for each in SYSTEMS if environ.get(each.marker)), None)
    if system is None:
        return Build()
    if ref := _first(environ, system.refs):
        return _from_ref(ref, environ)
    if number := _first(environ, system.pulls):
        return _pull_request(number)
    if tag := _first(environ, system.tags):
        return Build(tag=tag)
    branch = _first(environ, system.branches)
    # Jenkins' git plugin writes the remote before the branch, in GIT_BRANCH alone, and a word of
    # its own where it checked out a commit or a tag.
    if branch and branch == environ.get("GIT_BRANCH"):
        branch = branch.removeprefix("origin/")
    return Build(branch=None if branch == "detached" else branch)


def _from_ref(ref: str, environ: Mapping[str, str]) -> Build:
    """A whole reference, as GitHub Actions and Azure Pipelines tell it."""
    found = _REF.fullmatch(ref)
    if found and found[1] == "pull":
        return _pull_request(found[2].partition("/")[0])
    if environ.get("GITHUB_HEAD_REF"):
        # With pull_request_target the reference is the branch that the request asks to change,
        # whatever was checked out.
        return Build(is_pull_request=True)
    if found and found[1] == "tags":
        return Build(tag=found[2])
    return Build(branch=found[2] if found else None)


def _pull_request(number: str) -> Build:
    return Build(branch=f"pr/{number}", is_pull_request=True)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := environ.get(name))), None)
