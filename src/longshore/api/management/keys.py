"""Keys over HTTP: those that sign the registry's tokens, by their ids alone."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from longshore.api.context import Context
from longshore.api.management.fields import Empty, instant, instant_or_none
from longshore.api.messages import Request
from longshore.registry import keys


class Key(Struct):
    """The one that signs has no `retired_at`; of the others, it is when they are good no more."""

    id: str
    created_at: datetime
    retired_at: datetime | None


class Keys(Struct):
    """All keys, the newest first."""

    keys: list[Key]


class NewKey(Struct):
    """The key that signs from now on. What the former one signed stays good for its time."""

    id: str


async def list_all(context: Context, request: Request) -> Keys:
    found = await context.metadata.read(keys.list_all)
    return Keys(
        [Key(one.key.id, instant(one.created_at), instant_or_none(one.retired_at)) for one in found]
    )


async def rotate(context: Context, request: Request, *, body: Empty) -> NewKey:
    lifetime = context.token_lifetime * 1000
    return NewKey(await context.by(request).write(keys.rotate, lifetime))
