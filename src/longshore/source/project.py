"""The project file, `longshore.yaml`: what a team says about its image, and the policy that it is.

Decides what can be said, what is refused, and where the file is looked for. Keys that begin with
`x-` are the team's own. What follows from a policy is decided in `delivery`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from longshore.delivery import policy
from longshore.delivery.policy import Alias, BranchRule, Policy
from longshore.delivery.publishing import Publication, VersionRange
from longshore.delivery.versions import check_variant
from longshore.oci.errors import NameInvalid
from longshore.oci.names import RepositoryName
from longshore.source import document
from longshore.source.document import Place
from longshore.source.errors import ProjectError

FILE = "longshore.yaml"
OWN = "x-"  # begins the keys that are not Longshore's

_HOST = re.compile(
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:))(?::[0-9]+)?"
)


def check_image(text: str) -> str:
    """The image again; raises ValueError unless it is a registry's host, if any, and a name."""
    host, slash, name = text.partition("/")
    is_host = bool(slash and _HOST.fullmatch(host))
    try:
        RepositoryName.parse(name if is_host else text)
    except NameInvalid as error:
        raise ValueError(
            f"write an image without a tag, such as registry.example.com/team/app: {error}"
        ) from None
    return text


def _alias(text: str) -> str:
    Alias.parse(text)
    return text


def _range(text: str) -> str:
    VersionRange(text)
    return text


Image = Annotated[str, AfterValidator(check_image)]


class Part(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
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


class Public(Part):
    """Where stable versions are published."""

    to: Image
    """The image in the public registry, such as docker.io/acme/app."""

    prereleases: bool = False
    """Whether pre-releases are published, too."""

    versions: Annotated[str, AfterValidator(_range)] = ""
    """The versions that are published, such as `>=1.0.0 <3.0.0`; all, if there is none."""


class Project(Part):
    """The project file."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    """Version of this format."""

    image: Image
    """The image in the private registry, without a tag."""

    branches: dict[str, str] = {rule.pattern: rule.template for rule in policy.GITFLOW}
    """The tag of each branch. The first pattern that matches decides; `{slug}` is the branch as
    far as a tag can spell it, and an empty tag is none."""

    lookalikes: policy.Lookalikes = "escape"
    """Whether a branch that looks like a version gets `branch-` before its tag, or none at all."""

    releases: Releases = Releases()
    """Versions and what follows them."""

    variants: Variants = Variants()
    """Variants of the image."""

    public: Public | None = None
    """Where stable versions are published."""

    @model_validator(mode="after")
    def _makes_a_policy(self) -> Project:
        self.to_policy()
        return self

    @property
    def title(self) -> str:
        """The last part of the image's name."""
        return self.image.rpartition("/")[2]

    def to_publication(self) -> Publication:
        """Which versions `longshore promote` publishes, and where to; raises ProjectError."""
        if self.public is None:
            raise ProjectError(
                f"{FILE} says nothing of a public image: `public: {{to: docker.io/acme/app}}`, or"
                " say where to promote to"
            )
        public = self.public
        return Publication(public.to, public.prereleases, VersionRange(public.versions))

    def to_policy(self) -> Policy:
        """What the file decides; raises ValueError where two parts do not go together."""
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
            release_branches=releases.branches,
        )


_PARTS: dict[str, type[Part]] = {"releases": Releases, "variants": Variants, "public": Public}


def find(folder: Path) -> Path | None:
    """The project file of this folder or of one above it, up to the root of the checkout."""
    for each in (folder, *folder.parents):
        if (each / FILE).is_file():
            return each / FILE
        if (each / ".git").exists():
            break
    return None


def load(file: Path) -> Project:
    """Read it; raises ProjectError for everything that it has wrong."""
    try:
        found = document.parse(file.read_text(encoding="utf-8"))
        return Project.model_validate(found.content)
    except OSError as error:
        raise ProjectError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, ProjectError) as error:
        raise ProjectError(f"{file}: {error}") from None
    except ValidationError as error:
        reasons = sorted(_reasons(error, found.lines))
        raise ProjectError("\n".join(f"{file}:{line}: {told}" for line, told in reasons)) from None


def _reasons(error: ValidationError, lines: Mapping[Place, int]) -> Iterator[tuple[int, str]]:
    """What is wrong, with the line of the innermost place that the file has."""
    for detail in error.errors(include_url=False):
        place = detail["loc"]
        inner = next(place[:end] for end in range(len(place), -1, -1) if place[:end] in lines)
        name = ".".join(map(str, place)) or FILE
        yield lines[inner], f"{name}: {_cause(detail, place)}"


def _cause(detail: Any, place: Place) -> str:
    if detail["type"] == "extra_forbidden":
        part = _PARTS.get(str(place[-2]), Project) if len(place) > 1 else Project
        near = difflib.get_close_matches(str(place[-1]), part.model_fields, n=1)
        return "there is no such key" + (f"; did you mean {near[0]}?" if near else "")
    cause = str(detail.get("ctx", {}).get("error", detail["msg"]))
    given = detail["input"]
    return f"{cause}, not {given!r}" if isinstance(given, str) else cause
