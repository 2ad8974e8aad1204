"""Applying: environments as somebody declares them take the place of those that are there.

Decides what that changes, which can be asked before. All that is declared at once comes at once;
what is not named stays as it is. A hold, a freeze and the history outlive it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Literal, NamedTuple

from longshore.delivery.environments import decisions, deploying, joining
from longshore.delivery.environments.deployments import EnvironmentState
from longshore.delivery.environments.environment import Environment, check_order
from longshore.delivery.environments.following import look
from longshore.delivery.environments.states import find, image
from longshore.delivery.errors import Blocked
from longshore.delivery.ports import Transaction
from longshore.registry import audit
from longshore.registry.refusals import Exists, Invalid

AT_ONCE = 1000  # environments that a registry has at most


class Planned(NamedTuple):
    """What becomes of an environment; `fields` are those that change."""

    environment: str
    act: Literal["create", "change", "keep"]
    fields: tuple[str, ...] = ()


def plan(
    tx: Transaction, declared: Sequence[Environment], *, is_new: bool = False
) -> list[Planned]:
    """What `apply` would do; raises as that does."""
    _check(tx, declared)
    planned = [_planned(tx, each) for each in declared]
    present = [one.environment for one in planned if one.act != "create"]
    if is_new and present:
        raise Exists(f"there is an environment {present[0]} already")
    return planned


def apply(
    tx: Transaction, declared: Sequence[Environment], *, is_new: bool = False
) -> list[Planned]:
    """Let these environments be as declared, whatever they were; answers what that changed.

    Raises Invalid where they do not go together with those that are there; with `is_new`, Exists
    if one of them is there.
    """
    planned = plan(tx, declared, is_new=is_new)
    changed = [each for each, one in zip(declared, planned, strict=True) if one.act != "keep"]
    for each in changed:
        _put(tx, each)
    for one in planned:
        if one.act != "keep":
            told = ", ".join(one.fields)
            decisions.record_environment(tx, one.environment, one.act, told)
            audit.record(tx, f"environment.{one.act}", one.environment, fields=one.fields)
    # Each is looked at when all are there: one may wait for what another has verified.
    for each in changed:
        look(tx, each.name)
    return planned


def remove(tx: Transaction, environment: str) -> None:
    """Forget an environment; its history stays. Raises Unknown, and Blocked while another needs it.

    What runs on its hosts goes on: nobody tells them otherwise.
    """
    find(tx, environment)
    later = tx.environments.after(environment)
    if later:
        raise Blocked(f"{later[0].declared.name} is promoted to from it: change that first")
    for present in tx.images.of(environment):
        deploying.end(tx, present)
        deploying.release(tx, environment, present.repository)
    for agent in tx.agents.of(environment):
        joining.leave(tx, environment, agent.host)
    tx.environments.remove(environment)
    deploying.advance(tx, environment)
    decisions.record_environment(tx, environment, "remove")
    audit.record(tx, "environment.remove", environment)


def _check(tx: Transaction, declared: Sequence[Environment]) -> None:
    names = [each.name for each in declared]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Invalid(f"{min(twice)} is declared twice")
    present = tx.environments.page("", AT_ONCE)
    together = {state.declared.name: state.declared for state in present}
    together |= {each.name: each for each in declared}
    if len(together) > AT_ONCE:
        raise Invalid(f"a registry has at most {AT_ONCE} environments")
    try:
        check_order(together)
    except ValueError as problem:
        raise Invalid(str(problem)) from None


def _planned(tx: Transaction, declared: Environment) -> Planned:
    state = tx.environments.find(declared.name)
    if state is None:
        return Planned(declared.name, "create")
    changed = tuple(
        field.name
        for field in fields(declared)
        if getattr(declared, field.name) != getattr(state.declared, field.name)
    )
    return Planned(declared.name, "change" if changed else "keep", changed)


def _put(tx: Transaction, declared: Environment) -> None:
    former = tx.environments.find(declared.name)
    state = former or EnvironmentState(declared)
    tx.environments.put(replace(state, declared=declared))
    if former is not None and former.declared.services != declared.services:
        deploying.advance(tx, declared.name)
        joining.let_pull(tx, declared.name)
    for present in tx.images.of(declared.name):
        if present.repository in declared.repositories:
            deploying.protect(tx, present)
        else:
            deploying.end(tx, present)
            deploying.release(tx, declared.name, present.repository)
            tx.images.remove(declared.name, present.repository)
    for repository in declared.repositories:
        tx.images.put(image(tx, declared.name, repository))
