"""Who has which part in an environment."""

import pytest

from longshore.delivery.environments import permissions
from longshore.delivery.environments.permissions import Part
from longshore.registry.access import LOCAL, NOBODY, Caller
from longshore.registry.grants import Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.refusals import Forbidden, Unknown
from tests.delivery.environments.yard import Yard, environment

STAGING = environment(
    "staging", deployers=("dev", "@leads"), approvers=("@leads", "boss"), agents=("host",)
)
ADMINISTRATOR = Caller("root", (Grant("root", EVERYTHING, frozenset({Verb.ADMIN})),))
PUSHER = Caller("ci", (Grant("ci", Pattern("team/**"), frozenset({Verb.PUSH, Verb.ADMIN})),))


def known(name: str) -> Caller:
    return Caller(name, ())


@pytest.mark.parametrize(
    ("caller", "parts"),
    [
        (LOCAL, set(Part)),
        (ADMINISTRATOR, set(Part)),
        (known("dev"), {Part.SEE, Part.DEPLOY, Part.READ}),
        (known("boss"), {Part.SEE, Part.APPROVE}),
        (known("lead"), {Part.SEE, Part.DEPLOY, Part.READ, Part.APPROVE}),
        (known("host"), {Part.SEE, Part.REPORT}),
        (known("leads"), set()),
        (PUSHER, set()),
        (NOBODY, set()),
    ],
)
async def test_who_is_named_has_a_part(yard: Yard, caller: Caller, parts: set[Part]) -> None:
    await yard.apply(STAGING)
    await yard.write(lambda tx: tx.groups.add("leads", "lead"))
    assert await yard.metadata.read(permissions.parts_of, caller, STAGING) == parts
    for part in Part:
        if part in parts:
            await yard.metadata.read(permissions.require, caller, "staging", part)
            continue
        with pytest.raises(Forbidden if parts else Unknown):
            await yard.metadata.read(permissions.require, caller, "staging", part)


async def test_what_is_not_there_is_unknown_to_everybody(yard: Yard) -> None:
    with pytest.raises(Unknown, match="no environment staging"):
        await yard.metadata.read(permissions.require, LOCAL, "staging", Part.SEE)
