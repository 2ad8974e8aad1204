"""Deployments over HTTP: what somebody asks of an environment by hand.

Decides nothing but the form: who may is asked in the transaction of the act itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from longshore.api.context import Context
from longshore.api.management.fields import Instant, Text, milliseconds_of
from longshore.api.management.standing import ImageStanding, image
from longshore.api.messages import Request
from longshore.delivery.environments import operating, permissions
from longshore.delivery.environments.deployments import ImageState
from longshore.delivery.environments.operating import LONGEST_REASON, Wish
from longshore.delivery.environments.permissions import Part
from longshore.delivery.environments.states import Shown, shown
from longshore.delivery.ports import Transaction
from longshore.registry.access import Caller

T = TypeVar("T")

Reason = Annotated[str, Meta(max_length=LONGEST_REASON, pattern="^[^\\x00-\\x1f\\x7f]*$")]


class Asked(Struct, forbid_unknown_fields=True):
    """Which image, if the environment has several; which tag or digest of it; and why."""

    image: Text = ""
    reference: Text = ""
    reason: Reason = ""

    def wish(self) -> Wish:
        return Wish(self.image, self.reference, self.reason)


class Freezing(Struct, forbid_unknown_fields=True):
    """Why, and until when; without an end somebody has to say `unfreeze`."""

    reason: Reason = ""
    until: Instant | None = None


class Thawing(Struct, forbid_unknown_fields=True):
    """Why."""

    reason: Reason = ""


class Resumed(Struct):
    """What follows, of each image that was meant."""

    images: list[ImageStanding]


Rule = Callable[[Transaction, str, Wish], ImageState]


async def deploy(context: Context, request: Request, name: str, *, body: Asked) -> ImageStanding:
    return await _ask(context, request, Part.DEPLOY, operating.deploy, name, body)


async def pin(context: Context, request: Request, name: str, *, body: Asked) -> ImageStanding:
    return await _ask(context, request, Part.DEPLOY, operating.pin, name, body)


async def rollback(context: Context, request: Request, name: str, *, body: Asked) -> ImageStanding:
    return await _ask(context, request, Part.DEPLOY, operating.rollback, name, body)


async def approve(context: Context, request: Request, name: str, *, body: Asked) -> ImageStanding:
    return await _ask(context, request, Part.APPROVE, operating.approve, name, body)


async def resume(context: Context, request: Request, name: str, *, body: Asked) -> Resumed:
    rule = partial(_resumed, wish=body.wish())
    found = await _act(context, request, Part.DEPLOY, name, rule)
    return Resumed([image(one) for one in found])


async def freeze(context: Context, request: Request, name: str, *, body: Freezing) -> None:
    until = milliseconds_of(body.until)
    rule = partial(operating.freeze, reason=body.reason, until=until)
    await _act(context, request, Part.DEPLOY, name, rule)


async def unfreeze(context: Context, request: Request, name: str, *, body: Thawing) -> None:
    rule = partial(operating.unfreeze, reason=body.reason)
    await _act(context, request, Part.DEPLOY, name, rule)


async def _ask(
    context: Context, request: Request, part: Part, rule: Rule, name: str, body: Asked
) -> ImageStanding:
    asked = partial(_asked, rule=rule, wish=body.wish())
    return image(await _act(context, request, part, name, asked))


def _asked(tx: Transaction, environment: str, *, rule: Rule, wish: Wish) -> Shown:
    return shown(tx, rule(tx, environment, wish))


def _resumed(tx: Transaction, environment: str, *, wish: Wish) -> list[Shown]:
    return [shown(tx, state) for state in operating.resume(tx, environment, wish)]


async def _act(
    context: Context,
    request: Request,
    part: Part,
    name: str,
    rule: Callable[[Transaction, str], T],
) -> T:
    def allowed(tx: Transaction, caller: Caller) -> T:
        permissions.require(tx, caller, name, part)
        return rule(tx, name)

    return await context.by(request).write(allowed, request.caller)
