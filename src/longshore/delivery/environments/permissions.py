"""Permissions: who may do what to an environment.

Decides it from what the environment declares, and from who administers everything. To whoever has
no part in an environment it does not exist. Who calls is shown before, in the registry's rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.states import find
from longshore.delivery.ports import Transaction
from longshore.registry.access import OPEN, Caller
from longshore.registry.refusals import Forbidden, Unknown


class Part(Enum):
    """What somebody may have a part in."""

    SEE = "look at"
    DEPLOY = "deploy to"
    APPROVE = "approve for"
    READ = "read the logs of"
    REPORT = "run the services of"


def require(tx: Transaction, caller: Caller, environment: str, part: Part) -> None:
    """Raises Unknown for who may not know of it, and Forbidden."""
    declared = find(tx, environment).declared
    parts = parts_of(tx, caller, declared)
    if not parts:
        raise Unknown(f"there is no environment {environment[:80]}")
    if part not in parts:
        raise Forbidden(f"{caller.name} may not {part.value} {environment}")


def require_past(tx: Transaction, caller: Caller, environment: str) -> None:
    """To read a history, which administrators may do when its environment is gone, too."""
    is_gone = tx.environments.find(environment) is None
    is_known = bool(tx.decisions.latest(environment, None, 1))
    if not (caller.administers_all and is_gone and is_known):
        require(tx, caller, environment, Part.SEE)


def has_every_part(caller: Caller) -> bool:
    """Whether it administers everything, or is anybody at an open registry, as far as that asks."""
    return caller is OPEN or caller.administers_all


def parts_of(tx: Transaction, caller: Caller, environment: Environment) -> set[Part]:
    """All that the caller has a part in."""
    if has_every_part(caller):
        return set(Part)
    subjects = {caller.name, *(f"@{group}" for group in tx.groups.of(caller.name))}
    listed: tuple[tuple[Part, Iterable[str]], ...] = (
        (Part.DEPLOY, environment.deployers),
        (Part.READ, environment.deployers),
        (Part.APPROVE, environment.approvers),
        (Part.REPORT, environment.agents),
    )
    parts = {part for part, names in listed if subjects & set(names)}
    return parts | {Part.SEE} if parts else set()
