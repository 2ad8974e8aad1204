"""A repository with a policy, to which images are pushed that are told apart by a letter."""

from __future__ import annotations

from longshore.delivery.ports import Metadata, Transaction
from longshore.delivery.tags import policies, pushes, releases
from longshore.delivery.tags.placing import Placement
from longshore.delivery.tags.releases import Released, Wanted
from longshore.delivery.tags.rules import Rules
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry import manifests
from longshore.registry.directory import Actor
from longshore.registry.history import Move, Origin
from longshore.registry.patterns import Pattern
from longshore.registry.tags import ANY, Condition, Terms
from tests.content import Pushed, index

NAME = RepositoryName("team/app")


def image(letter: str) -> Pushed:
    return index(annotations={"of": letter})


def words(text: str) -> list[Tag]:
    return [Tag(word) for word in text.split()]


class Shelf:
    def __init__(self, metadata: Metadata, name: RepositoryName = NAME) -> None:
        self.metadata = metadata
        self.name = name
        self._letters: dict[Digest, str] = {}

    async def rule(self, rules: Rules, pattern: str = NAME) -> None:
        await self.metadata.write(policies.put, Pattern(pattern), rules)

    async def push(
        self,
        tags: str,
        letter: str = "A",
        by: str = "ci",
        condition: Condition = ANY,
        branch: str = "",
    ) -> None:
        pushed = self._made(letter)
        metadata = self.metadata.by(Actor(by))
        terms = Terms(condition, Origin(branch=branch))
        await metadata.write(pushes.push, self.name, *pushed, words(tags), terms)

    async def put(self, letter: str, *tags: Tag) -> None:
        """As before there was a policy."""
        await self.metadata.write(manifests.put, self.name, *self._made(letter), tags)

    async def release(
        self,
        versions: str,
        letter: str = "A",
        tags: str = "",
        rules: Rules | None = None,
        branch: str = "",
    ) -> Released:
        policy, origin = rules.to_policy() if rules else None, Origin(branch=branch)
        digest = self._made(letter).digest
        wanted = Wanted(digest, versions.split(), words(tags), policy, origin)
        return await self.metadata.write(releases.release, self.name, wanted)

    async def untag(self, tag: str, by: str = "ci") -> None:
        await self.metadata.by(Actor(by)).write(pushes.untag, self.name, Tag(tag))

    async def delete(self, letter: str, by: str = "ci") -> None:
        await self.metadata.by(Actor(by)).write(pushes.delete, self.name, image(letter).digest)

    async def fill(self, existing: dict[str, str]) -> None:
        """Tags that are there before, with their letters."""
        for tag, letter in existing.items():
            await self.put(letter, Tag(tag))

    async def tags(self) -> dict[str, str]:
        """Every tag, and the letter of what it names."""

        def look(tx: Transaction) -> dict[str, str]:
            tags = tx.tags.page(self.name, "", 1000)
            named = {str(tag): tx.tags.find(self.name, tag) for tag in tags}
            return {tag: self._letters[digest] for tag, digest in named.items() if digest}

        return await self.metadata.read(look)

    async def moves(self) -> list[Move]:
        """The history, the oldest first."""
        found = await self.metadata.read(lambda tx: tx.history.page(self.name, None, None, 1000))
        return found[::-1]

    def letter(self, digest: Digest | None) -> str:
        """That of an image, which is there."""
        assert digest
        return self._letters[digest]

    def _made(self, letter: str) -> Pushed:
        pushed = image(letter)
        self._letters[pushed.digest] = letter
        return pushed


def shown(placements: tuple[Placement, ...]) -> dict[str, bool]:
    return {str(each.tag): each.moves for each in placements}
