"""The pages of the documentation, read for what they promise: commands and their output.

A `console` block holds commands behind `$ `, each followed by what it prints; `…` stands for
anything. Every one of them is run. Blocks of another kind (`sh`, `ini`) are not.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A line that a reader types, and what the page says it prints."""

    text: str
    output: str

    @property
    def serves(self) -> bool:
        """Whether it runs until it is stopped."""
        return bool(re.match(r"(\S*longshore|make) serve", self.text))

    def printed(self, actual: str) -> bool:
        """Whether the page is right about the output; a page may leave all of it out."""
        if not self.output:
            return True
        wanted = re.escape(self.output.strip()).replace("…\\\n", "…").replace("…", ".*")
        return bool(re.fullmatch(wanted, actual.strip(), re.DOTALL))


@dataclass(frozen=True)
class Page:
    """One page."""

    path: Path

    def __str__(self) -> str:
        return self.path.name

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        return [body for kind, body in _FENCE.findall(self.text) if kind == language]

    def commands(self) -> list[Command]:
        found = []
        for block in self.blocks("console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                text, _, output = part.partition("\n")
                found.append(Command(text, output))
        return found

    @property
    def serves(self) -> bool:
        return any(command.serves for command in self.commands())

    @property
    def needs_docker(self) -> bool:
        return any(re.match(r"(until )?docker ", each.text) for each in self.commands())

    @property
    def builds(self) -> bool:
        return any(command.text.startswith("docker build") for command in self.commands())


def pages() -> list[Page]:
    return [Page(ROOT / "README.md"), *map(Page, sorted(DOCS.glob("*.md")))]
