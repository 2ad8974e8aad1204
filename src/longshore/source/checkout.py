"""Reading a checkout: commit, branch, tags, remote, changes.

Decides whom to believe: git knows the branch, unless HEAD is detached; then the variables of the
build system do. A build for a pull request is for that alone, and no version, whatever git says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from longshore.delivery.errors import Undetermined
from longshore.delivery.tags.checkout import Checkout
from longshore.source import ci
from longshore.source.errors import SourceError
from longshore.source.git import Git
from longshore.source.remotes import browser_address

_STATUS_WIDTH = 3  # characters before the name of a file in git-status(1)


def read(folder: Path, environ: Mapping[str, str]) -> Checkout:
    """The checkout that the folder is in; raises SourceError, NoRepository if it is in none."""
    git, build = Git(folder, environ), ci.read(environ)
    is_inside, is_shallow = git.ask(
        "rev-parse", "--is-inside-work-tree", "--is-shallow-repository"
    ).split()
    if is_inside != "true":
        raise SourceError(
            f"{folder} is a repository without a checkout: `git clone` it, and go there"
        )
    commit = git.find("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if commit is None:
        raise SourceError("there is no commit yet: `git commit`")
    tag = _tag_of_build(git, build, commit)
    found = Checkout(
        commit=commit,
        committed_at=git.ask("show", "--no-patch", "--format=%cI", commit),
        branch=build.branch,
        source=browser_address(remote(git)),
        changes=_changes(git),
    )
    if build.is_pull_request:
        return found
    return replace(
        found,
        branch=git.find("symbolic-ref", "--quiet", "--short", "HEAD") or build.branch,
        tags=tuple(sorted({*git.ask("tag", "--points-at", commit).splitlines(), *tag})),
        is_shallow=is_shallow == "true" and not tag,
    )


def all_tags(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Every tag in git; raises Undetermined where some may be missing."""
    git = Git(folder, environ)
    if git.ask("rev-parse", "--is-shallow-repository") == "true":
        raise Undetermined(
            "this clone is shallow, so that its tags are no list of all versions:"
            " `git fetch --unshallow --tags`"
        )
    return git.ask("tag", "--list").splitlines()


def remote(git: Git) -> str:
    """The address of `origin`, or of the only remote; empty if there is none."""
    names = git.ask("remote").splitlines()
    if "origin" in names:
        return git.ask("remote", "get-url", "origin")
    return git.ask("remote", "get-url", names[0]) if len(names) == 1 else ""


def _tag_of_build(git: Git, build: ci.Build, commit: str) -> set[str]:
    """The tag that the build is for, unless something else was checked out since."""
    if build.tag is None:
        return set()
    there = git.find("rev-parse", "--verify", "--quiet", f"refs/tags/{build.tag}^{{commit}}")
    return {build.tag} if there in (None, commit) else set()


def _changes(git: Git) -> tuple[str, ...]:
    """Files that git has and that differ; one that it does not have may be a build's output."""
    status = git.ask(
        "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=untracked"
    )
    return tuple(line[_STATUS_WIDTH:] for line in status.splitlines())
