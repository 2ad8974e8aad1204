"""The project file, `longshore.yaml`: what a team says about its image, and the rules of its tags.

Decides what can be said beside the rules, how a mistake is told, and where the file is looked for.
What the rules may be, and what follows from them, is decided in `delivery`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator

from longshore.delivery.environments.environment import Environment
from longshore.delivery.rollouts.services import Service
from longshore.delivery.tags.publishing import Bounds, Publication
from longshore.delivery.tags.rules import Part, Rules
from longshore.oci.errors import NameInvalid
from longshore.oci.names import RepositoryName
from longshore.source import document
from longshore.source.document import Place
from longshore.source.environments import EnvironmentPart, environments
from longshore.source.errors import ProjectError
from longshore.source.services import ServicePart

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
    Bounds(text)
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

    services: dict[str, ServicePart] = Field(default_factory=dict)
    """What runs: each is a container. One of the project's image, if it is left out."""

    environments: dict[str, EnvironmentPart] = Field(default_factory=dict)
    """Where the services run, and what decides on their images."""

    @model_validator(mode="after")
    def _makes_environments(self) -> Project:
        self.to_environments()
        return self

    @property
    def title(self) -> str:
        """The last part of the image's name."""
        return self.image.rpartition("/")[2]

    @property
    def repository(self) -> str:
        """The image's name in its registry."""
        return _without_host(self.image)

    def to_environments(self) -> tuple[Environment, ...]:
        """What the file declares; raises ValueError where two parts do not go together."""
        return environments(self.environments, self._services, self.repository)

    def to_services(self) -> tuple[Service, ...]:
        """All services, as they are where no environment says more."""
        return tuple(
            part.to_service(name, part.image or self.repository)
            for name, part in self._services.items()
        )

    @property
    def _services(self) -> dict[str, ServicePart]:
        return self.services or {self.title: ServicePart()}

    def to_publication(self) -> Publication:
        """Which versions `longshore promote` publishes, and where to; raises ProjectError."""
        if self.public is None:
            raise ProjectError(
                f"{FILE} says nothing of a public image: `public: {{to: docker.io/acme/app}}`, or"
                " say where to promote to"
            )
        public = self.public
        return Publication(public.to, public.prereleases, Bounds(public.versions))


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
        part = _part(place[:-1])
        near = difflib.get_close_matches(str(place[-1]), part.model_fields, n=1)
        return "there is no such key" + (f"; did you mean {near[0]}?" if near else "")
    cause = str(detail.get("ctx", {}).get("error", detail["msg"]))
    given = detail["input"]
    return f"{cause}, not {given!r}" if isinstance(given, str) else cause


def _part(place: Place) -> type[Part]:
    """The mapping at this place of the file; names and numbers of its parts are passed over."""
    part: type[Part] = Project
    for step in place:
        field = part.model_fields.get(str(step))
        part = next(_parts(field.annotation), part) if field else part
    return part


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for each in get_args(annotation):
        yield from _parts(each)
