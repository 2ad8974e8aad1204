"""The rules: a policy as a team writes it, the same in longshore.yaml and for a server.

Decides which keys there are, what each may be, and the policy that they make. Keys that begin
with `x-` are the team's own. Where the words come from, others know.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from longshore.delivery.tags import policy
from longshore.delivery.tags.policy import Alias, BranchRule, Policy, Protection
from longshore.delivery.tags.versions import check_variant
from longshore.registry.accounts import NAME

OWN = "x-"  # begins the keys that are not Longshore's

_TAGS = re.compile(r"[A-Za-z0-9_.*-]{1,128}")
_SUBJECT = re.compile(f"@?{NAME}")


def _alias(text: str) -> str:
    Alias.parse(text)
    return text


def _tags(text: str) -> str:
    if not _TAGS.fullmatch(text):
        raise ValueError("write a tag, such as latest, or tags, such as release-*")
    return text


def _subject(text: str) -> str:
    if not _SUBJECT.fullmatch(text):
        raise ValueError("write an account, or a group as @name")
    return text


class Part(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"patternProperties": {f"^{OWN}": {}}},
    )

    @model_validator(mode="before")
    @classmethod
    def _without_own_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if not key.startswith(OWN)}


class Releases(Part):
    """How versions are read from git, and what they take along."""

    tag_prefix: str = "v"
    """What a tag in git has before its version; `v` may be missing, another may not."""

    branches: tuple[str, ...] = ("*",)
    """Branches on which a version tagged in git names the image; `*` stands for anything."""

    immutable: bool = True
    """Whether a version that exists keeps its content for ever."""

    aliases: tuple[Annotated[str, AfterValidator(_alias)], ...] = ("minor", "major", "latest")
    """Tags that follow the highest stable version; `{major}` and `{minor}` may be in one."""

    zero_major: bool = False
    """Whether versions 0.y.z have an alias of their major number, too."""

    prerelease_channel: str = ""
    """A tag that follows the highest version of all, pre-releases included, such as `next`."""

    build_metadata: policy.Builds = "refuse"
    """Whether 1.0.5+b7 is refused, or is `1.0.5_b7` without any alias."""


class Variants(Part):
    """Variants of the image, such as base systems: each is a line of versions of its own."""

    names: tuple[Annotated[str, AfterValidator(check_variant)], ...] = ()
    """What stands behind the version, as `stretch` in 2.1.401-stretch."""

    default: str = ""
    """The variant whose images have the plain names as well."""


class Rules(Part):
    """What a team decides about the tags of an image."""

    branches: dict[str, str] = {rule.pattern: rule.template for rule in policy.GITFLOW}
    """The tag of each branch. The first pattern that matches decides; `{slug}` is the branch as
    far as a tag can spell it, and an empty tag is none."""

    lookalikes: policy.Lookalikes = "escape"
    """Whether a branch that looks like a version gets `branch-` before its tag, or none at all."""

    collisions: policy.Collisions = "refuse"
    """Whether a server lets an image of one branch take the tag of another, or refuses it."""

    releases: Releases = Releases()
    """Versions and what follows them."""

    variants: Variants = Variants()
    """Variants of the image."""

    protected: dict[
        Annotated[str, AfterValidator(_tags)],
        tuple[Annotated[str, AfterValidator(_subject)], ...],
    ] = {}
    """Tags that only some may move or delete at a server: for each tag, or pattern of tags with
    `*`, accounts and groups (`@name`)."""

    @model_validator(mode="after")
    def _makes_a_policy(self) -> Rules:
        self.to_policy()
        return self

    def to_policy(self) -> Policy:
        """What the rules decide; raises ValueError where two parts do not go together."""
        releases = self.releases
        return Policy(
            immutable=releases.immutable,
            aliases=tuple(map(Alias.parse, releases.aliases)),
            zero_major=releases.zero_major,
            channel=releases.prerelease_channel or None,
            builds=releases.build_metadata,
            tag_prefix=releases.tag_prefix,
            variants=policy.Variants(self.variants.names, self.variants.default),
            branches=tuple(BranchRule(*rule) for rule in self.branches.items()),
            lookalikes=self.lookalikes,
            collisions=self.collisions,
            release_branches=releases.branches,
            protections=tuple(
                Protection(tags, frozenset(movers)) for tags, movers in self.protected.items()
            ),
        )

    def document(self) -> dict[str, object]:
        """What was said, as JSON has it, and no defaults: a later release may have others."""
        return self.model_dump(mode="json", exclude_unset=True, include=set(Rules.model_fields))
