"""The policy: everything that a team may decide about its tags, as values.

Decides what the sample approach is (the defaults) and which values make sense. Each rule can be
switched off or replaced. What follows from a policy is decided in the other modules. In patterns of
tags and branches `*` stands for anything, `/` included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from longshore.delivery.tags.versions import AFFIX_LIMIT, NUMBERS, Version, check_variant
from longshore.oci.errors import ManifestInvalid
from longshore.oci.names import Tag

SLUG = "{slug}"
LATEST = "latest"

Builds = Literal["refuse", "separate"]
Lookalikes = Literal["escape", "refuse"]
Collisions = Literal["refuse", "allow"]

_FIELD = re.compile(r"\{(\w*)\}")
_RUN_TOGETHER = re.compile(r"[0-9}]\{|\}[0-9]")
_V_NUMBER = re.compile("v[0-9]")
_SPELLED = {"major": "{major}", "minor": "{major}.{minor}"}


def _checked(text: str) -> str:
    """The text again; raises ValueError where it is no tag, or leaves no room in one."""
    try:
        Tag.parse(text)
    except ManifestInvalid as error:
        raise ValueError(f"{text}: {error}") from None
    if len(text) > AFFIX_LIMIT:
        raise ValueError(f"{text}: more than {AFFIX_LIMIT} characters")
    return text


def describe(numbers: Sequence[object], variant: str) -> str:
    """Versions of a variant that begin with these numbers, in words: `1.0.*`."""
    range_ = ".".join([*map(str, numbers), "*"]) if numbers else "all versions"
    return f"{range_} of {variant}" if variant else range_


@dataclass(frozen=True)
class Alias:
    """A tag that follows versions: `{major}.{minor}`, `{major}`, `latest`, or a team's own.

    The fields in it are its range: it names the highest stable version that has the same.
    """

    template: str

    @classmethod
    def parse(cls, text: str) -> Alias:
        """Read `minor`, `major`, `latest`, or a template; raises ValueError."""
        alias = cls(_SPELLED.get(text, text))
        if alias.fields not in ([], ["major"], ["major", "minor"]):
            raise ValueError("an alias has no field, {major}, or {major} and then {minor}")
        sample = _checked(alias.template.replace("{major}", "0").replace("{minor}", "0"))
        is_number = sample == alias.template and NUMBERS.fullmatch(sample)
        if is_number or _RUN_TOGETHER.search(text) or Version.read(sample):
            raise ValueError("it would be taken for a version, or for another alias")
        return alias

    @cached_property
    def fields(self) -> list[str]:
        return _FIELD.findall(self.template)

    def of(self, version: Version) -> Tag:
        """The alias that names the version: `2.1-stretch` of its variant, and `stretch` alone."""
        line = self._line(version.variant)
        return Tag(line.format(major=version.major, minor=version.minor))

    def matches(self, tag: str, variant: str) -> bool:
        """Whether this is the alias of some version of that variant."""
        return self.numbers(tag, variant) is not None

    def numbers(self, tag: str, variant: str) -> tuple[int, ...] | None:
        """What the versions begin with that a tag follows as this alias; None if it is not this."""
        pattern = re.escape(self._line(variant))
        for field in self.fields:
            pattern = pattern.replace(re.escape(f"{{{field}}}"), "([0-9]+)")
        found = re.fullmatch(pattern, tag)
        return tuple(map(int, found.groups())) if found else None

    def covers(self, version: Version, other: Version) -> bool:
        """Whether both are in the same range of this alias, and of the same variant."""
        depth = len(self.fields)  # a version begins with major and minor, as the fields do
        return other.variant == version.variant and other[:depth] == version[:depth]

    def _line(self, variant: str) -> str:
        if self.template == LATEST:
            return variant or LATEST
        return f"{self.template}-{variant}" if variant else self.template

    def describe(self, version: Version) -> str:
        """The range in words: `1.0.*`."""
        return describe(version[: len(self.fields)], version.variant)


@dataclass(frozen=True)
class Variants:
    """Declared variants of an image; the default one's builds bear the plain names, too."""

    names: tuple[str, ...] = ()
    default: str = ""

    def __post_init__(self) -> None:
        for name in self.names:
            check_variant(name)
        if self.default and self.default not in self.names:
            raise ValueError(f"the default variant {self.default} is not among the names")

    @property
    def all_names(self) -> tuple[str, ...]:
        """The variants, after the empty one that is the image as such."""
        return ("", *self.names)


@dataclass(frozen=True)
class BranchRule:
    """Branches of this pattern get this tag, in which `{slug}` is the branch; no tag if empty."""

    pattern: str
    template: str

    def __post_init__(self) -> None:
        if self.template:
            if _FIELD.findall(self.template) not in ([], ["slug"]):
                raise ValueError(f"{self.template}: the only field is {SLUG}, once")
            _checked(self.template.replace(SLUG, "x"))


@dataclass(frozen=True)
class Protection:
    """Tags of this pattern, and the only accounts and `@group`s that may move or delete them."""

    pattern: str
    movers: frozenset[str]


GITFLOW = (
    BranchRule("develop", "develop"),
    BranchRule("master", "master"),
    BranchRule("main", "main"),
    BranchRule("release/*", SLUG),
    BranchRule("hotfix/*", SLUG),
    BranchRule("support/*", SLUG),
    BranchRule("feature/*", SLUG),
    BranchRule("*", SLUG),
)


@dataclass(frozen=True)
class Policy:
    """What a team decides about the tags of a repository; the defaults are the sample approach."""

    immutable: bool = True
    """A version that exists keeps its content for ever."""

    aliases: tuple[Alias, ...] = (Alias("{major}.{minor}"), Alias("{major}"), Alias(LATEST))
    """What follows the highest stable version; empty switches them off."""

    zero_major: bool = False
    """Whether 0.y.z moves an alias of its major number, too, which then promises little."""

    channel: str | None = None
    """An alias of the highest version of all, pre-releases included."""

    builds: Builds = "refuse"
    """What becomes of 1.0.5+b7: nothing, or `1.0.5_b7` without any alias."""

    tag_prefix: str = "v"
    """What a tag in git has before its version; `v` may be missing, another may not."""

    variants: Variants = Variants()
    """Lines of versions beside the plain one."""

    branches: tuple[BranchRule, ...] = GITFLOW
    """The tag of a branch; the first pattern that matches decides."""

    lookalikes: Lookalikes = "escape"
    """What becomes of a branch whose tag looks like a version: `branch-1.0` or nothing."""

    collisions: Collisions = "refuse"
    """What becomes of an image whose tag is that of another branch; the origin says which."""

    release_branches: tuple[str, ...] = ("*",)
    """Branches on which a version tagged in git names the image."""

    protections: tuple[Protection, ...] = ()
    """Tags that only some may move; all that match have to allow it."""

    def __post_init__(self) -> None:
        if self.channel and Alias.parse(self.channel).fields:
            raise ValueError(f"{self.channel}: a channel is one tag, such as next")
        lines = [(alias, name) for alias in self.all_aliases for name in self.variants.all_names]
        tags = [alias.of(Version(1, 2, 3, variant=name)) for alias, name in lines]
        twice = {tag for tag in tags if sum(alias.matches(tag, name) for alias, name in lines) > 1}
        if twice:
            raise ValueError(f"two aliases would be called {' and '.join(sorted(twice))}")

    @property
    def all_aliases(self) -> tuple[Alias, ...]:
        """Aliases from the narrowest range to the widest, then the channel."""
        channel = [Alias(self.channel)] if self.channel else []
        return (*sorted(self.aliases, key=lambda alias: -len(alias.fields)), *channel)

    def movers(self, tag: str) -> list[frozenset[str]]:
        """Who may make the tag name something else: somebody of each of these."""
        return [each.movers for each in self.protections if fnmatchcase(tag, each.pattern)]

    def version_in_git(self, tag: str) -> str | None:
        """The tag without the prefix; None if it has to have one and does not."""
        if self.tag_prefix == "v":
            return tag[1:] if _V_NUMBER.match(tag) else tag
        return tag.removeprefix(self.tag_prefix) if tag.startswith(self.tag_prefix) else None
