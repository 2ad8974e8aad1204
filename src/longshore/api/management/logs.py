"""Logs over HTTP: somebody asks for them, hosts are told at once, and their answers come back.

Decides how long each of the two waits. What hosts answer is sealed to a key of the reader's; here
it is a row until it is taken, and is written nowhere else.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from msgspec import Meta, Struct

from longshore.api.authorization import Need
from longshore.api.context import Context
from longshore.api.management.agents import (
    LONGEST_WAIT,
    Host,
    Number,
    identify_again,
    nothing_new,
)
from longshore.api.messages import Request, Response
from longshore.delivery.environments import agents, logs
from longshore.delivery.environments.logs import (
    LONGEST_PATIENCE,
    MOST_LINES,
    MOST_OF_HOST,
    Begun,
    Wish,
)
from longshore.delivery.environments.records import LogReader, LogRequest
from longshore.delivery.environments.reporting import MOST_HOSTS
from longshore.delivery.ports import Transaction

IDENTITY = 16  # bytes

ServiceName = Annotated[str, Meta(description="The name of a service.", max_length=80)]
Lines = Annotated[int, Meta(ge=0, le=MOST_LINES)]
Seconds = Annotated[int, Meta(ge=1, le=10 * 366 * 86400)]
Wait = Annotated[float, Meta(ge=0, le=LONGEST_WAIT)]
Key = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9+/]{43}=$",
        description="A public key of X25519, in base64: answers are sealed to it by HPKE (RFC 9180)"
        " with HKDF-SHA256 and AES-256-GCM.",
    ),
]
Cursor = Annotated[
    Number, Meta(description="Nanoseconds of the host's clock: only later lines are wanted.")
]


class NewReader(Struct, forbid_unknown_fields=True):
    """Which lines are wanted: the last of a service, of these hosts, or of all."""

    service: ServiceName
    key: Key
    tail: Lines = 100
    since: Annotated[Seconds | None, Meta(description="Seconds ago.")] = None
    hosts: Annotated[tuple[Host, ...], Meta(max_length=MOST_HOSTS)] = ()


class Reader(Struct):
    """Whoever reads; `lost` are hosts of which nobody has heard for minutes, and which are not
    asked."""

    id: str
    hosts: list[str]
    lost: list[str]


class Continuation(Struct, forbid_unknown_fields=True):
    """Which hosts are asked for more, each after the last line that the reader has of it.

    `patience` is how many seconds a host waits for one more line.
    """

    after: Annotated[dict[Host, Cursor], Meta(max_length=MOST_HOSTS)]
    patience: Annotated[int, Meta(ge=0, le=LONGEST_PATIENCE)] = LONGEST_PATIENCE


class Taking(Struct):
    """How many seconds to wait for an answer."""

    wait: Wait = 0


class HostAnswer(Struct):
    """What a host has answered, sealed."""

    host: str
    content: bytes


class Answers(Struct):
    """What has been answered, which is told this once, and the hosts that have not answered yet."""

    answers: list[HostAnswer]
    waiting: list[str]


class Listening(Struct):
    """The last number that a host knows, and how many seconds it waits for another one."""

    host: Host
    known: Number = 0
    wait: Wait = 0


class LogQuestion(Struct):
    """What a host is asked: lines of a service later than `after`, sealed to `key`.

    It may wait `patience` seconds for one, and say at most `most` bytes.
    """

    id: int
    service: str
    key: str
    tail: int
    since: int | None
    after: int
    patience: int
    most: int


class LogQuestions(Struct):
    """What a host is asked that it does not know yet."""

    number: int
    questions: list[LogQuestion]


class SealedLines(Struct, forbid_unknown_fields=True):
    """What a host answers to a question."""

    host: Host
    question: Number
    content: Annotated[bytes, Meta(max_length=MOST_OF_HOST)]


async def begin(context: Context, request: Request, name: str, *, body: NewReader) -> Reader:
    identity = secrets.token_hex(IDENTITY)
    wish = Wish(body.service, body.key, body.tail, body.since, body.hosts)
    begun: Begun = await context.by(request).write(logs.begin, request.caller, name, identity, wish)
    return Reader(identity, begun.asked, begun.lost)


async def follow(
    context: Context, request: Request, name: str, reader: str, *, body: Continuation
) -> None:
    def go_on(tx: Transaction) -> None:
        mine = logs.reading(tx, request.caller, name, reader)
        logs.follow(tx, mine, body.after, body.patience)

    await context.by(request).write(go_on)


async def take(
    context: Context, request: Request, name: str, reader: str, *, query: Taking
) -> Answers:
    mine = await context.metadata.read(logs.reading, request.caller, name, reader)
    if await context.metadata.read(logs.waiting, mine):
        await context.reading.news(reader, 0, query.wait, request.gone)
        await identify_again(context, request, Need.SELF)

    def taken(tx: Transaction) -> logs.Answers:
        return logs.take(tx, logs.reading(tx, request.caller, name, reader))

    if not (await context.metadata.read(logs.answered, [reader]))[reader]:
        return Answers([], await context.metadata.read(logs.waiting, mine))
    found = await context.by(request).write(taken)
    return Answers([HostAnswer(*one) for one in found.taken], found.waiting)


async def listen(
    context: Context, request: Request, name: str, *, query: Listening
) -> LogQuestions | Response:
    await context.metadata.read(agents.admit, request.caller, name, query.host)
    place = logs.place(name, query.host)
    nothing = await nothing_new(request, context.listening, place, query.known, query.wait)
    if nothing is not None:
        return nothing
    await identify_again(context, request, Need.ENVIRONMENT)
    await context.metadata.read(agents.admit, request.caller, name, query.host)
    number = (await context.metadata.read(logs.newest, [place]))[place]
    found = await context.metadata.read(logs.asked, name, query.host, query.known)
    return LogQuestions(number, [_question(*one) for one in found])


def _question(asked: LogRequest, reader: LogReader) -> LogQuestion:
    return LogQuestion(
        asked.id,
        reader.service,
        reader.key,
        reader.tail,
        reader.since,
        asked.after,
        asked.patience,
        asked.most,
    )


async def answer(context: Context, request: Request, name: str, *, body: SealedLines) -> None:
    await context.by(request).write(
        logs.answer, request.caller, name, body.host, body.question, body.content
    )
