"""The requirements on tags as a table: what exists, what is pushed, what moves and what must not.

Digests are letters; `A` is what is pushed unless a row says otherwise.
"""

from typing import NamedTuple

from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.rules import Releases, Rules, Variants

PLAIN = Rules()
STRETCH = Rules(variants=Variants(names=("stretch",)))
RUNTIME = Rules(variants=Variants(names=("aspnetcore-runtime",), default="aspnetcore-runtime"))
SEPARATE = Rules(releases=Releases(build_metadata="separate"))


class Vector(NamedTuple):
    """One row: tags are in the order in which they move."""

    existing: str
    pushed: str
    moves: str
    stays: str = ""
    rules: Rules = PLAIN

    @property
    def policy(self) -> Policy:
        return self.rules.to_policy()


VERSIONS = [
    Vector("", "1.0.5", "1.0.5 1.0 1 latest"),
    Vector("1.0.5 2.0.0", "1.0.6", "1.0.6 1.0 1", "latest"),
    Vector("1.0.5 1.1.0 2.0.0", "1.0.6", "1.0.6 1.0", "1 latest"),
    Vector("1.1.9", "1.2.0-rc.1", "1.2.0-rc.1", "1.2 1 latest"),
    Vector("1.2.0-rc.1", "1.2.0", "1.2.0 1.2 1 latest"),
    Vector("1.9.0", "1.10.0", "1.10.0 1.10 1 latest"),
    Vector("", "0.3.1", "0.3.1 0.3 latest", "0"),
    Vector("1.0.5=A", "1.0.5", "", "1.0.5"),
    Vector("", "1.0.5+b7", "1.0.5_b7", "", SEPARATE),
    Vector(
        "2.1.401 2.1.400-stretch",
        "2.1.401-stretch",
        "2.1.401-stretch 2.1-stretch 2-stretch stretch",
        "",
        STRETCH,
    ),
    Vector("2.1.401", "2.1.401-stretch", "2.1.401-stretch", "2.1 2 latest"),
    Vector(
        "",
        "2.1.401-aspnetcore-runtime",
        "2.1.401-aspnetcore-runtime 2.1.401"
        " 2.1-aspnetcore-runtime 2-aspnetcore-runtime aspnetcore-runtime 2.1 2 latest",
        "",
        RUNTIME,
    ),
    Vector(
        "2.1.401-stretch",
        "2.2.0-rc.1-stretch",
        "2.2.0-rc.1-stretch",
        "2.2-stretch 2-stretch stretch",
        STRETCH,
    ),
]

REFUSED = [
    Vector("1.0.5=B", "1.0.5", ""),
    Vector("", "1.0.5+b7", ""),
    Vector("2.1.401=B", "2.1.401-aspnetcore-runtime", "", rules=RUNTIME),
]


def digests(existing: str) -> dict[str, str]:
    """The tags of a row with their digests, each its own unless the row says otherwise."""
    pairs = (word.partition("=") for word in existing.split())
    return {tag: digest or f"of {tag}" for tag, _, digest in pairs}
