"""Aliases: which tags a version takes along when it comes, which stay, and why.

Decides from the versions that a registry has, never from those that a clone has, that nothing
which follows versions goes back: an alias moves when the new version is the highest of its range.
A version itself never changes. It knows no registry; a transaction calls it with what it read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from longshore.delivery.errors import Refused
from longshore.delivery.tags.policy import LATEST, Alias, Policy, describe
from longshore.delivery.tags.versions import NUMBERS, TAG_LIMIT, Version
from longshore.oci.names import Tag

THERE = "it is there already, with this content"


class Decision(NamedTuple):
    """What becomes of one tag, and why."""

    tag: Tag
    moves: bool
    reason: str


class Range(NamedTuple):
    """Versions of one variant that begin with these numbers, without pre-releases if stable."""

    numbers: tuple[int, ...]
    variant: str
    is_stable: bool

    def has(self, version: Version) -> bool:
        return (
            version.variant == self.variant
            and version[: len(self.numbers)] == self.numbers
            and not version.build
            and (version.is_stable or not self.is_stable)
        )

    def __str__(self) -> str:
        words = describe(self.numbers, self.variant)
        return words if self.is_stable else f"{words}, pre-releases included"


@dataclass(frozen=True)
class Plan:
    """What a new version does to the tags of its repository."""

    decisions: tuple[Decision, ...]
    hints: tuple[str, ...] = ()

    @property
    def moves(self) -> list[Tag]:
        """Tags to point at the new manifest, in this order: no alias is ahead of its version."""
        return [decision.tag for decision in self.decisions if decision.moves]


def plan(
    policy: Policy,
    existing: Mapping[str, str],
    version: Version,
    digest: str,
    *,
    mends: bool = False,
) -> Plan:
    """What happens when this version comes with this digest; raises Refused.

    `existing` has the digests of the repository's tags. Those that are no versions may be left
    out: nothing depends on them. A plan without a move says that all is done already. With
    `mends`, aliases of a version that is there move as well: whatever brought it may have left
    them where they were.
    """
    check(policy, version)
    there = read_all(policy, existing)
    versions: list[Decision] = []
    aliases: list[Decision] = []
    for each in lines(policy, version):
        found = existing.get(each.tag)
        if found == digest:
            versions.append(Decision(each.tag, moves=False, reason=THERE))
            aliases += follow(policy, there - {each}, each) if mends else []
            continue
        if found is not None and policy.immutable:
            raise Refused(
                f"{each} exists with other content ({found}), and a version never changes:"
                " release this under a number of its own"
            )
        versions.append(Decision(each.tag, moves=True, reason="the version itself"))
        aliases += follow(policy, there - {each}, each)
    return Plan((*versions, *aliases), hints(version))


def follow(policy: Policy, others: Collection[Version], version: Version) -> list[Decision]:
    """What the aliases of a version do when it joins these others, the narrowest alias first."""
    if version.build:
        return []
    return [_follow(policy, alias, others, version) for alias in policy.all_aliases]


def lines(policy: Policy, version: Version) -> list[Version]:
    """The versions that one image is: one of the default variant is the plain one, too."""
    is_default = version.variant and version.variant == policy.variants.default
    return [version, version.of_variant("")] if is_default else [version]


def check(policy: Policy, version: Version) -> None:
    """Raises Refused if no image may bear this version, whatever there is."""
    if version.build and policy.builds == "refuse":
        raise Refused(
            f"{version} has build metadata, and a tag has no '+' to spell it with: leave it away,"
            f" or have builds kept apart, as {version} alone, without aliases"
        )
    tags = [version.tag, *(alias.of(version) for alias in policy.all_aliases)]
    if Version.read(version.tag, policy.variants.names) != version:
        raise Refused(f"{version} would be read as another version: give it another pre-release")
    if any(len(tag) > TAG_LIMIT for tag in tags):
        raise Refused(f"{version} is too long: a tag has at most {TAG_LIMIT} characters")


def read_all(policy: Policy, tags: Iterable[str]) -> set[Version]:
    """Those of the tags that are versions, without builds: these count for no alias."""
    read = (Version.read(tag, policy.variants.names) for tag in tags)
    return {version for version in read if version and not version.build}


def hints(version: Version) -> tuple[str, ...]:
    """What its author may not have meant."""
    if not version.prerelease or version.has_usual_stage:
        return ()
    variant = version.prerelease
    return (
        f"{version} counts as a pre-release; if {variant} is a variant of the image, declare it",
    )


def role(policy: Policy, tag: str) -> str | None:
    """What versions have this tag for, in words; None if it is free for other uses."""
    if Version.read(tag, policy.variants.names):
        return "a version"
    if tag in policy.variants.names or followed(policy, tag):
        return "an alias of versions"
    return None


def followed(policy: Policy, tag: str) -> Range | None:
    """The versions of which a tag names the highest; None if it is no alias."""
    for alias in policy.all_aliases:
        for variant in policy.variants.all_names:
            numbers = alias.numbers(tag, variant)
            if numbers is not None:
                return Range(numbers, variant, is_stable=alias.template != policy.channel)
    return None


def likeness(policy: Policy, tag: str) -> str | None:
    """As `role`, and what people take for a version or an alias although this policy does not."""
    bare = tag[1:] if tag[:1] in ("v", "V") and tag[1:2].isdecimal() else tag
    if tag == LATEST or NUMBERS.fullmatch(bare):
        return role(policy, bare) or "an alias of versions"
    return role(policy, bare)


def _follow(
    policy: Policy, alias: Alias, others: Collection[Version], version: Version
) -> Decision:
    tag, among = alias.of(version), alias.describe(version)
    ranked = [each for each in others if alias.covers(version, each)]
    if alias.template == policy.channel:
        return _rank(tag, ranked, version, f"{among}, pre-releases included")
    if not version.is_stable:
        return Decision(tag, moves=False, reason="a pre-release moves no alias")
    if alias.fields == ["major"] and version.major == 0 and not policy.zero_major:
        return Decision(
            tag, moves=False, reason="versions 0.y.z promise each other nothing (SemVer, section 4)"
        )
    return _rank(tag, [each for each in ranked if each.is_stable], version, among)


def _rank(tag: Tag, others: Collection[Version], version: Version, among: str) -> Decision:
    highest = max([version, *others], key=lambda each: each.precedence)
    return Decision(tag, moves=highest is version, reason=f"{highest} is the highest of {among}")
