"""The project file, `longshore.yaml`: what a team says about its image, and the rules of its tags.

Decides what can be said beside the rules, how a mistake is told, and where the file is looked for.
What the rules may be, and what follows from them, is decided in `delivery`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from longshore.delivery.publishing import Publication, VersionRange
from longshore.delivery.rules import Part, Releases, Rules, Variants
from longshore.oci.errors import NameInvalid
from longshore.oci.names import RepositoryName
from longshore.source import document
from longshore.source.document import Place
from longshore.source.errors import ProjectError

FILE = "longshore.yaml"

T = TypeVar("T")

_HOST = re.compile(
    r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:))(?::[0-9]+)?"
)


def check_image(text: str) -> str:
    """The image again; raises ValueError unless it is a registry's host, if any, and a name."""
    try:
        RepositoryName.parse(_without_host(text))
    except NameInvalid as error:
        raise ValueError(
            f"write an image without a tag, such as registry.example.com/team/app: {error}"
        ) from None
    return text


def _without_host(image: str) -> str:
    host, slash, name = image.partition("/")
    return name if slash and _HOST.fullmatch(host) else image


def _range(text: str) -> str:
    VersionRange(text)
    return text


Image = Annotated[str, AfterValidator(check_image)]


class Public(Part):
    """Where stable versions are published."""

    to: Image
    """The image in the public registry, such as docker.io/acme/app."""

    prereleases: bool = False
    """Whether pre-releases are published, too."""

    versions: Annotated[str, AfterValidator(_range)] = ""
    """The versions that are published, such as `>=1.0.0 <3.0.0`; all, if there is none."""


class Project(Rules):
    """The project file."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    """Version of this format."""

    image: Image
    """The image in the private registry, without a tag."""

    public: Public | None = None
    """Where stable versions are published."""

    @property
    def title(self) -> str:
        """The last part of the image's name."""
        return self.image.rpartition("/")[2]

    @property
    def repository(self) -> str:
        """The image's name in its registry."""
        return _without_host(self.image)

    def to_publication(self) -> Publication:
        """Which versions `longshore promote` publishes, and where to; raises ProjectError."""
        if self.public is None:
            raise ProjectError(
                f"{FILE} says nothing of a public image: `public: {{to: docker.io/acme/app}}`, or"
                " say where to promote to"
            )
        public = self.public
        return Publication(public.to, public.prereleases, VersionRange(public.versions))


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
    return _load(file, Project.model_validate)


def load_rules(file: Path) -> Rules:
    """As `load`, where it is said elsewhere for which image they are: the file need not."""
    return _load(file, _rules)


def _rules(content: object) -> Rules:
    others = Project.model_fields.keys() - Rules.model_fields.keys()
    if isinstance(content, Mapping):
        content = {key: value for key, value in content.items() if key not in others}
    return Rules.model_validate(content)


def _load(file: Path, make: Callable[[object], T]) -> T:
    try:
        found = document.parse(file.read_text(encoding="utf-8"))
        return make(found.content)
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
