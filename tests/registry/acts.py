"""What an act leaves behind: its line in the audit log, and that every worker sees it."""

from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple, ParamSpec

from longshore.delivery.ports import Metadata, Transaction
from longshore.registry import access
from longshore.registry.directory import Actor

P = ParamSpec("P")
ACTOR = Actor("root", "10.0.0.9", "request-9", "who")


class Left(NamedTuple):
    """`lines` are action, target and detail of what the log has more than before."""

    lines: list[tuple[str, str, dict[str, Any]]]
    is_told: bool  # to every worker


async def act(
    metadata: Metadata,
    rule: Callable[Concatenate[Transaction, P], object],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Left:
    """Do it, for `ACTOR`."""
    before = await metadata.read(access.state)
    last = await metadata.read(_last_line)
    await metadata.by(ACTOR).write(rule, *args, **kwargs)
    lines = await metadata.read(lambda tx: tx.audit.page(last, 99))
    assert {(line.actor, line.outcome) for line in lines} <= {(ACTOR, "done")}
    after = await metadata.read(access.state)
    assert after.version >= before.version
    told = [(line.action, line.target, dict(line.detail)) for line in lines]
    return Left(told, is_told=after.version > before.version)


def _last_line(tx: Transaction) -> int:
    return max((line.id for line in tx.audit.latest(1)), default=0)
