"""Names of an image in the shapes that build systems take: JSON, step outputs, dotenv.

It decides the keys. They are those of docker/metadata-action, so that a step which read that one's
output reads this; what Longshore adds has keys of its own.
"""

import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from longshore.delivery.tags.naming import Naming


class Metadata(NamedTuple):
    """An image with its names and labels."""

    image: str
    naming: "Naming"
    labels: dict[str, str]

    @property
    def version(self) -> str:
        """The name that comes first: of all versions the lowest, else the branch."""
        return self.naming.names[0].tag

    @property
    def references(self) -> list[str]:
        return [f"{self.image}:{tag}" for tag in self.naming.tags]

    @property
    def annotations(self) -> list[str]:
        return [f"manifest:{key}={value}" for key, value in self.labels.items()]

    def as_dict(self) -> dict[str, object]:
        """All of it, for `--json`."""
        return {
            "version": self.version,
            "tags": self.references,
            "tag-names": self.naming.tags,
            "labels": self.labels,
            "annotations": self.annotations,
            "reasons": {name.tag: name.reason for name in self.naming.names},
            "withheld": {one.tag: one.reason for one in self.naming.withheld},
            "undecided": list(self.naming.undecided),
            "notes": list(self.naming.notes),
        }

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"

    def as_outputs(self) -> str:
        """Outputs of a step of GitHub Actions, each value as many lines as it has."""
        values: dict[str, Sequence[str]] = {
            "version": [self.version],
            "tags": self.references,
            "tag-names": self.naming.tags,
            "labels": [f"{key}={value}" for key, value in self.labels.items()],
            "annotations": self.annotations,
            "json": [json.dumps(self.as_dict())],
        }
        # Nobody who names a branch can know where a value ends.
        end = f"end-{secrets.token_hex(16)}"
        return "".join(
            f"{key}<<{end}\n" + "".join(f"{line}\n" for line in lines) + f"{end}\n"
            for key, lines in values.items()
        )

    def as_dotenv(self) -> str:
        """Variables for a shell and for GitLab's dotenv reports: no spaces, no quotes."""
        values = {
            "IMAGE": self.image,
            "IMAGE_VERSION": self.version,
            "IMAGE_TAGS": ",".join(self.references),
            "IMAGE_TAG_NAMES": ",".join(self.naming.tags),
            "IMAGE_REVISION": self.labels.get("org.opencontainers.image.revision", ""),
        }
        return "".join(f"{key}={value}\n" for key, value in values.items())

    def as_text(self) -> str:
        """A line for each name with its reason, for people."""
        rows = [(name.tag, name.reason) for name in self.naming.names]
        kept = [(one.tag, one.reason) for one in self.naming.withheld]
        width = max(len(tag) for tag, _ in (*rows, *kept))
        lines = [self.image, *(f"  {tag:{width}}  {reason}" for tag, reason in rows)]
        if kept:
            lines += ["Not moved:", *(f"  {tag:{width}}  {reason}" for tag, reason in kept)]
        return "\n".join(lines) + "\n"
