"""Naming: all that an image built from a checkout is called, each name with its reason.

Decides which names there are: versions tagged at the commit, the aliases they take along, the
branch. A doubt about the checkout is no name but an error with the command that mends it. It
reads no git and asks no registry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from longshore.delivery.errors import Refused, Undetermined
from longshore.delivery.tags import aliases, branches
from longshore.delivery.tags.aliases import Decision
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.versions import Version
from longshore.oci.names import Tag
from longshore.registry.history import BRANCH_KEY

DIRTY = "-dirty"
SHOWN_CHANGES = 3


class Name(NamedTuple):
    """One tag of the image, and why it has that."""

    tag: Tag
    kind: Literal["version", "alias", "branch"]
    reason: str


@dataclass(frozen=True)
class Known:
    """What is known of the registry: tags, None if nothing is; and the branch each came from."""

    tags: Collection[str] | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_git(cls, policy: Policy, tags: Iterable[str], variant: str) -> Known:
        """What the registry would have, had every version that is tagged in git been released."""
        read = (_read(policy, tag) for tag in tags)
        versions = [version for version in read if version]
        released = {*versions, *(each.of_variant(each.variant or variant) for each in versions)}
        return cls([each.tag for each in released])


@dataclass(frozen=True)
class Naming:
    """What the image is called, in the order to push; what it is not called, and why."""

    names: tuple[Name, ...]
    withheld: tuple[Decision, ...] = ()
    undecided: tuple[Tag, ...] = ()
    """Aliases that move or not by the versions in the registry, which are not known."""
    notes: tuple[str, ...] = ()

    @property
    def tags(self) -> list[Tag]:
        return [name.tag for name in self.names]

    @property
    def versions(self) -> list[Tag]:
        return [name.tag for name in self.names if name.kind == "version"]

    @property
    def branches(self) -> list[Tag]:
        return [name.tag for name in self.names if name.kind == "branch"]


def names(
    policy: Policy,
    checkout: Checkout,
    known: Known,
    *,
    variant: str = "",
    allows_changes: bool = False,
) -> Naming:
    """What an image of this checkout is called; raises Refused or Undetermined.

    Without known tags no alias is decided. With changes allowed, an image of changed files gets
    the tag of its branch with `-dirty`, and no version.
    """
    if variant and variant not in policy.variants.names:
        raise Refused(f"there is no variant {variant}: declare it in the policy")
    if checkout.is_shallow and _releases(policy, checkout.branch):
        raise Undetermined(
            "this clone is shallow, so that tags may be missing: `git fetch --unshallow --tags`"
            " (in GitHub Actions: `fetch-depth: 0`), or say --branch or --version"
        )
    versions, notes = _versions(policy, checkout, variant)
    if checkout.changes:
        if checkout.version is not None or not allows_changes:
            raise Refused(_changed(checkout.changes))
        notes += [f"files differ from the commit, so this is not {version}" for version in versions]
        versions = []
    released = _released(policy, versions, known)
    branch = _branch(policy, checkout, known, variant)
    if not released.names and not branch:
        raise _nameless(checkout)
    return replace(
        released,
        names=(*released.names, *branch),
        notes=(*notes, *released.notes),
    )


def labels(checkout: Checkout, version: str, title: str) -> dict[str, str]:
    """Labels of the image (image-spec, "Pre-Defined Annotation Keys"), as far as known."""
    prefix = "org.opencontainers.image"
    found = {
        BRANCH_KEY: checkout.branch or "",
        f"{prefix}.created": checkout.committed_at,
        f"{prefix}.revision": checkout.commit,
        f"{prefix}.source": checkout.source,
        f"{prefix}.title": title,
        f"{prefix}.url": checkout.source,
        f"{prefix}.version": version,
    }
    return {key: value for key, value in found.items() if value}


def _versions(policy: Policy, checkout: Checkout, variant: str) -> tuple[list[Version], list[str]]:
    """The versions of the commit, the lowest first, and notes on tags that name none."""
    if checkout.version is not None:
        return [_given(policy, checkout.version, variant)], []
    found, other = set(), []
    for tag in checkout.tags:
        version = _read(policy, tag)
        if version and (not variant or version.variant in ("", variant)):
            found.add(version.of_variant(variant or version.variant))
        elif version is None:
            other.append(tag)
    if found and not _releases(policy, checkout.branch):
        tags = ", ".join(sorted(map(str, found)))
        return [], [f"{tags} is tagged here, but {checkout.branch} is no branch that releases"]
    if not found:
        _check_for_aliases(policy, other)
    versions = sorted(found, key=lambda each: (each.precedence, each.variant, each.build))
    return versions, [f"the tag {tag} in git is not a version" for tag in other]


def _read(policy: Policy, tag: str) -> Version | None:
    """The version that a tag in git is."""
    text = policy.version_in_git(tag)
    return None if text is None else Version.read(text, policy.variants.names)


def _given(policy: Policy, text: str, variant: str) -> Version:
    version = version_of(policy, text)
    if version is None:
        raise Refused(no_version(policy, text))
    if variant and version.variant not in ("", variant):
        raise Refused(f"{text} is of the variant {version.variant}, not of {variant}")
    return version.of_variant(variant or version.variant)


def _releases(policy: Policy, branch: str | None) -> bool:
    return branch is None or any(
        fnmatchcase(branch, pattern) for pattern in policy.release_branches
    )


def _check_for_aliases(policy: Policy, tags: Iterable[str]) -> None:
    """Raises Refused for a tag in git that was meant as a version and is the name of an alias."""
    for tag in tags:
        text = policy.version_in_git(tag)
        if text and text[0].isdecimal() and aliases.likeness(policy, text):
            raise Refused(f"the tag in git is no version: {no_version(policy, tag)}")


def version_of(policy: Policy, text: str) -> Version | None:
    """The version that somebody writes, with or without what a tag in git has before it."""
    return Version.read(text, policy.variants.names) or _read(policy, text)


def no_version(policy: Policy, text: str) -> str:
    """Why a text that was meant as a version is none, and what to write."""
    bare = policy.version_in_git(text) or text
    if aliases.likeness(policy, bare):
        return (
            f"{text} is the name of an alias, which moves from version to version; a version has"
            f" three numbers, such as {policy.tag_prefix}1.0.5"
        )
    return f"{text} is no version: write one such as 1.0.5 or 1.0.5-rc.1 (semver.org)"


def _released(policy: Policy, versions: Iterable[Version], known: Known) -> Naming:
    """The names of the versions, then those of the aliases that they take along."""
    own: dict[Tag, Name] = {}
    following: dict[Tag, Decision] = {}
    notes: list[str] = []
    there = aliases.read_all(policy, known.tags or ())
    for version in versions:
        aliases.check(policy, version)
        notes += aliases.hints(version)
        for line in aliases.lines(policy, version):
            own[line.tag] = Name(line.tag, "version", "the version itself")
            for decision in aliases.follow(policy, there - {line}, line):
                # One that moves for any version of this commit moves.
                if decision.moves or decision.tag not in following:
                    following[decision.tag] = decision
    moving = [Name(each.tag, "alias", each.reason) for each in following.values() if each.moves]
    if known.tags is None:
        return Naming(tuple(own.values()), (), tuple(name.tag for name in moving), tuple(notes))
    withheld = tuple(each for each in following.values() if not each.moves)
    return Naming((*own.values(), *moving), withheld, (), tuple(notes))


def _branch(policy: Policy, checkout: Checkout, known: Known, variant: str) -> list[Name]:
    if checkout.branch is None:
        return []
    suffixes = [f"-{variant}"] if variant else [""]
    if variant and variant == policy.variants.default:
        suffixes.append("")
    dirty = DIRTY if checkout.changes else ""
    found = (
        branches.tag_of(policy, checkout.branch, known.sources, suffix + dirty)
        for suffix in suffixes
    )
    return [Name(each.tag, "branch", each.reason) for each in found if each]


def _changed(changes: Collection[str]) -> str:
    shown = ", ".join(list(changes)[:SHOWN_CHANGES])
    more = f" and {len(changes) - SHOWN_CHANGES} more" if len(changes) > SHOWN_CHANGES else ""
    return (
        f"files differ from the commit ({shown}{more}): `git commit` or `git stash` them, or"
        " say --dirty for a tag of the branch that ends in -dirty"
    )


def _nameless(checkout: Checkout) -> Exception:
    if checkout.branch is None:
        return Undetermined(
            "no branch is known, since HEAD is detached, and no version is tagged here:"
            " say --branch or --version, or `git switch` to a branch"
        )
    return Refused(
        f"the branch map has no tag for {checkout.branch}: give it one, or say --version"
    )
