"""Logs: who may read those of an environment's services, and which hosts are asked for them.

Decides that, and how much there may be: readers, bytes of an answer, time. What hosts answer is
sealed to the reader's key (`client.logs`), waits here until it is taken, and is gone then; nobody
but the reader can read it. Whoever begins to read is in the audit log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from longshore.delivery.environments import agents, permissions
from longshore.delivery.environments.permissions import Part
from longshore.delivery.environments.records import LogReader, LogRequest
from longshore.delivery.environments.states import find
from longshore.delivery.ports import Transaction
from longshore.oci.errors import TooManyRequests
from longshore.registry import audit
from longshore.registry.access import Caller
from longshore.registry.refusals import Invalid, Unknown

ASKED, ANSWERED = "log requests", "log answers"  # facts that grow with each of them
READS = 60_000  # ms that a reader is there after it has asked
MOST_READERS = 10  # of an environment at one time
MOST_LINES = 2000  # from one container at a time
MOST_OF_HOST = 128 * 1024  # bytes of an answer
MOST_OF_ALL = 2 << 20  # bytes of what all hosts answer a reader at one time
LONGEST_PATIENCE = 20  # seconds that a host may wait for a line


class Wish(NamedTuple):
    """What somebody wants to read: of these hosts, or of all."""

    service: str
    key: str
    tail: int
    since: int | None = None
    hosts: tuple[str, ...] = ()


class Begun(NamedTuple):
    """The hosts that are asked, and those that are not since nobody has heard of them lately."""

    asked: list[str]
    lost: list[str]


class Question(NamedTuple):
    """What a host is asked, and by whom."""

    request: LogRequest
    reader: LogReader


class Answers(NamedTuple):
    """What hosts have answered, sealed, and which have not yet."""

    taken: list[tuple[str, bytes]]
    waiting: list[str]


def begin(tx: Transaction, caller: Caller, environment: str, identity: str, wish: Wish) -> Begun:
    """Ask hosts for the last lines of a service, for a new reader of that id.

    Raises Unknown, Forbidden, and TooManyRequests.
    """
    permissions.require(tx, caller, environment, Part.READ)
    services = [service.name for service in find(tx, environment).declared.services]
    if wish.service not in services:
        raise Unknown(
            f"{environment} has no service {wish.service[:80]}: it has {', '.join(services)}"
        )
    begun = _hosts(tx, environment, wish.hosts)
    tx.log_readers.remove_expired(tx.now)
    if len(tx.log_readers.of(environment)) >= MOST_READERS:
        raise TooManyRequests(
            f"{MOST_READERS} read the logs of {environment} already: try again in a minute"
        )
    until = tx.now + READS
    reader = LogReader(
        identity, environment, caller.name, wish.service, wish.key, wish.tail, wish.since, until
    )
    tx.log_readers.put(reader)
    _ask(tx, reader, dict.fromkeys(begun.asked, 0), 0)
    audit.record(tx, "logs.read", environment, service=wish.service, hosts=begun.asked)
    return begun


def follow(
    tx: Transaction, reader: LogReader, after: Mapping[str, int], patience: int = LONGEST_PATIENCE
) -> None:
    """Ask hosts for lines later than those that the reader has; raises Unknown."""
    known = {agent.host for agent in tx.agents.of(reader.environment)}
    _require_known(reader.environment, after, known)
    renewed = reader._replace(expires_at=tx.now + READS)
    tx.log_readers.put(renewed)
    _ask(tx, renewed, after, min(patience, LONGEST_PATIENCE))


def reading(tx: Transaction, caller: Caller, environment: str, identity: str) -> LogReader:
    """The reader of that id, if the caller is it, still; raises Unknown, and Forbidden."""
    permissions.require(tx, caller, environment, Part.READ)
    reader = tx.log_readers.find(identity)
    mine = environment, caller.name
    if reader is None or (reader.environment, reader.account) != mine or _is_over(tx, reader):
        raise Unknown(f"nobody of that id reads logs of {environment} any more: begin again")
    return reader


def take(tx: Transaction, reader: LogReader) -> Answers:
    """What has been answered since it was last asked for; nobody else will see it."""
    taken = [(request.host, content) for request, content in tx.log_requests.take(reader.id)]
    return Answers(taken, waiting(tx, reader))


def waiting(tx: Transaction, reader: LogReader) -> list[str]:
    """The hosts that have not answered yet."""
    return [request.host for request in tx.log_requests.of(reader.id)]


def asked(tx: Transaction, environment: str, host: str, after: int) -> list[Question]:
    """What a host is to answer, with ids above `after`."""
    found: list[Question] = []
    for request in tx.log_requests.asked(environment, host, after):
        reader = tx.log_readers.find(request.reader)
        if reader is not None and not _is_over(tx, reader):
            found.append(Question(request, reader))
    return found


def answer(
    tx: Transaction, caller: Caller, environment: str, host: str, number: int, content: bytes
) -> None:
    """Keep what a host answers until the reader takes it; raises as `agents.admit`, and Invalid.

    What nobody waits for any more is dropped.
    """
    agents.admit(tx, caller, environment, host)
    open_ = tx.log_requests.asked(environment, host, number - 1)
    request = next((one for one in open_ if one.id == number), None)
    if request is None:
        return
    if len(content) > request.most:
        raise Invalid(f"an answer has at most {request.most} bytes here")
    tx.log_requests.answer(number, content)
    _grow(tx, ANSWERED)


def forget(tx: Transaction) -> None:
    """Remove readers that have not asked for a while, and what they were answered."""
    tx.log_readers.remove_expired(tx.now)


def is_due(tx: Transaction) -> bool:
    """Whether there is anybody to forget."""
    return tx.log_readers.have_expired(tx.now)


def asked_version(tx: Transaction) -> int:
    """A number that grows when any host is asked, in one keyed read."""
    return int(tx.facts.get(ASKED) or 0)


def answered_version(tx: Transaction) -> int:
    """A number that grows when any reader is answered, in one keyed read."""
    return int(tx.facts.get(ANSWERED) or 0)


def newest(tx: Transaction, places: Collection[str]) -> dict[str, int]:
    """What hosts were asked last, by places as `place` has them; 0 where that is nothing."""
    found = {place(*where): number for where, number in tx.log_requests.newest().items()}
    return {each: found.get(each, 0) for each in places}


def answered(tx: Transaction, readers: Collection[str]) -> dict[str, int]:
    """How many answers wait for each reader."""
    found = tx.log_requests.answered()
    return {each: found.get(each, 0) for each in readers}


def place(environment: str, host: str) -> str:
    """A host of an environment as one word, which no other has."""
    return f"{environment}/{host}"


def _hosts(tx: Transaction, environment: str, wanted: Collection[str]) -> Begun:
    """Raises Unknown."""
    known = {agent.host: agent for agent in tx.agents.of(environment)}
    _require_known(environment, wanted, known)
    chosen = sorted(set(wanted or known))
    if not chosen:
        raise Unknown(f"{environment} has no host: no agent of it has been heard of")
    lost = [host for host in chosen if known[host].seen_at is None or known[host].lost_at]
    return Begun([host for host in chosen if host not in lost], lost)


def _require_known(environment: str, hosts: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(hosts) - set(known))
    if unknown:
        raise Unknown(f"{environment} has no host {unknown[0][:80]}")


def _ask(tx: Transaction, reader: LogReader, after: Mapping[str, int], patience: int) -> None:
    most = min(MOST_OF_HOST, MOST_OF_ALL // max(1, len(tx.agents.of(reader.environment))))
    for host, at in sorted(after.items()):
        tx.log_requests.put(LogRequest(0, reader.id, reader.environment, host, at, patience, most))
    _grow(tx, ASKED)


def _is_over(tx: Transaction, reader: LogReader) -> bool:
    return reader.expires_at <= tx.now


def _grow(tx: Transaction, fact: str) -> None:
    tx.facts.put(fact, str(int(tx.facts.get(fact) or 0) + 1))
