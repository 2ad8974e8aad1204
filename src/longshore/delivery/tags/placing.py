"""Placing: which tags of its repository an image gets that comes under some names.

Decides by the policy and by what is there, in the transaction in which the tags move: a version
never changes, aliases follow by themselves, an alias by name says what the rules say, a protected
tag moves for its movers. Refuses all of the names, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from longshore.delivery.errors import Refused
from longshore.delivery.ports import Transaction
from longshore.delivery.tags import aliases, collisions, protection, standing
from longshore.delivery.tags.aliases import Decision
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.versions import Version
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName, Tag
from longshore.registry.history import UNKNOWN, Cause, Origin


class Image(NamedTuple):
    """What comes, and where it says that it comes from."""

    repository: RepositoryName
    digest: Digest
    origin: Origin = UNKNOWN


class Placement(NamedTuple):
    """What becomes of one tag: what it named, what it names from now on, and why.

    One that has this image already does not move. The cause, for the history, is a push where the
    tag was asked for, and else a rule.
    """

    tag: Tag
    moves: bool
    reason: str
    former: Digest | None
    named: Digest | None
    cause: Cause


class Placed(NamedTuple):
    """All tags that this is about, in the order in which they move; and what may not be meant."""

    placements: tuple[Placement, ...]
    hints: tuple[str, ...]

    @property
    def moves(self) -> list[Placement]:
        """No alias is ahead of its version."""
        return [each for each in self.placements if each.moves]


def place(
    tx: Transaction, policy: Policy, image: Image, names: Sequence[Tag], *, mends: bool = False
) -> Placed:
    """What an image under these names does to the tags; raises Refused. Nothing is moved yet.

    With `mends`, aliases follow a version that is there already, too.
    """
    return _Placing(tx, policy, *image, mends).of(names)


@dataclass(frozen=True)
class _Placing:
    tx: Transaction
    policy: Policy
    repository: RepositoryName
    digest: Digest
    origin: Origin
    mends: bool

    def of(self, names: Sequence[Tag]) -> Placed:
        read = [(tag, Version.read(tag, self.policy.variants.names)) for tag in names]
        decided, hints, coming = self._versions(version for _, version in read if version)
        named = [tag for tag, version in read if version is None]
        for tag in named:
            if tag not in decided or not decided[tag].moves:
                decided[tag] = self._by_name(tag, coming)
        mine = {*named, *(each.tag for each in coming)}
        guarded = (self._guarded(each, is_mine=each.tag in mine) for each in decided.values())
        placements = (
            self._placement(each, "push" if each.tag in names else "rule") for each in guarded
        )
        return Placed(tuple(placements), hints)

    def _versions(
        self, versions: Iterable[Version]
    ) -> tuple[dict[Tag, Decision], tuple[str, ...], set[Version]]:
        """What becomes of the versions and their aliases; and all versions that the image is."""
        decided: dict[Tag, Decision] = {}
        hints: list[str] = []
        coming: set[Version] = set()
        for version in versions:
            there = standing.rivals(self.tx, self.policy, self.repository, version)
            there |= {str(each): self.digest for each in coming}
            self._check_former(version)
            plan = aliases.plan(self.policy, there, version, self.digest, mends=self.mends)
            hints += plan.hints
            coming |= set(aliases.lines(self.policy, version))
            for each in plan.decisions:
                # One that moves for any version of this image moves.
                if each.moves or each.tag not in decided:
                    decided[each.tag] = each
        return decided, tuple(hints), coming

    def _check_former(self, version: Version) -> None:
        """Raises Refused for a version that was another image until that was deleted."""
        for line in aliases.lines(self.policy, version) if self.policy.immutable else ():
            last = self.tx.history.last(self.repository, line.tag)
            if last and last.digest is None and last.former != self.digest:
                raise Refused(
                    f"{line} was other content ({last.former}) before it was deleted, and a version"
                    " never changes: release this under a number of its own, or restore the other"
                )

    def _by_name(self, tag: Tag, coming: set[Version]) -> Decision:
        """A tag that somebody named; raises Refused for an alias that would say something else."""
        among = aliases.followed(self.policy, tag)
        if among is None:
            collisions.require(self.tx, self.policy, self.repository, tag, self.origin)
            return Decision(tag, moves=True, reason="pushed by this name")
        there = standing.highest(self.tx, self.policy, self.repository, among)
        found = [each for each in (there, *coming) if each and among.has(each)]
        if not found:
            return Decision(tag, moves=True, reason=f"there is none of {among} yet")
        highest = max(found, key=lambda each: each.precedence)
        if highest in coming or self._digest(highest.tag) == self.digest:
            return Decision(tag, moves=True, reason=f"{highest} is the highest of {among}")
        raise Refused(
            f"{tag} follows the highest of {among}, which is {highest}, and this is another image:"
            f" push it as a version, and {tag} moves by itself if that is higher; to go back,"
            f" delete {highest} first, or let environments go back by `longshore rollback`"
        )

    def _guarded(self, decision: Decision, *, is_mine: bool) -> Decision:
        """With what protects the tag: what was asked for is refused, what would follow stays."""
        if not decision.moves or self._digest(decision.tag) == self.digest:
            return decision
        if is_mine:
            protection.require(self.tx, self.policy, decision.tag)
        objection = protection.objection(self.tx, self.policy, decision.tag)
        return decision._replace(moves=False, reason=objection) if objection else decision

    def _placement(self, decision: Decision, cause: Cause) -> Placement:
        former = self._digest(decision.tag)
        if decision.moves and former == self.digest:
            decision = Decision(decision.tag, moves=False, reason=aliases.THERE)
        return Placement(*decision, former, self.digest if decision.moves else former, cause)

    def _digest(self, tag: Tag) -> Digest | None:
        return self.tx.tags.find(self.repository, tag)
