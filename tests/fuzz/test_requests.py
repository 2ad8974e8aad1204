"""Fuzzing over the wire: requests that are nearly right, and bytes that were requests once."""

from random import Random

from tests.fuzz.chance import lists
from tests.fuzz.edits import edits
from tests.fuzz.exploring import examples
from tests.fuzz.requests import UPLOAD, requests
from tests.fuzz.target import Target


def test_requests_that_are_nearly_right(depth: int, target: Target) -> None:
    several = lists(requests, 1, 3)

    @examples(800 * depth)
    def explore(chance: Random) -> None:
        target.send(several(chance))

    explore()
    target.check()


def test_bytes_that_were_requests_once(depth: int, target: Target) -> None:
    several, changes = lists(requests, 1, 2), edits(1, 4)

    @examples(400 * depth)
    def explore(chance: Random) -> None:
        data = b"".join(one.encode(UPLOAD, is_last=False) for one in several(chance))
        target.send_raw(changes(chance)(data), pieces=chance.randint(1, 5))

    explore()
    target.check()
