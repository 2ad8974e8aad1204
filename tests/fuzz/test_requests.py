"""Fuzzing over the wire: requests that are nearly right, and bytes that were requests once."""

from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.requests import Request, requests
from tests.fuzz.target import Target


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],  # a hang is not worth its repetition
        print_blob=True,
    )


def test_requests_that_are_nearly_right(depth: int, target: Target) -> None:
    @examples(800 * depth)
    @given(st.lists(requests, min_size=1, max_size=3))
    def explore(sent: Sequence[Request]) -> None:
        target.send(sent)

    explore()
    target.check()


Edit = Callable[[bytes], bytes]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """A change to some bytes: some replaced, some taken out, some there twice, some cut off."""
    start, length = draw(st.floats(0, 1)), draw(st.integers(0, 12))
    inserted = draw(
        st.binary(max_size=8) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"\0", b": ", b" ", b"%"])
    )
    kind = draw(st.sampled_from(["replace", "repeat", "cut"]))

    def edit(data: bytes) -> bytes:
        at = int(start * len(data))
        before, hit, after = data[:at], data[at : at + length], data[at + length :]
        if kind == "replace":
            return before + inserted + after
        return before + hit * 3 + after if kind == "repeat" else before

    return edit


def test_bytes_that_were_requests_once(depth: int, target: Target) -> None:
    @examples(400 * depth)
    @given(
        st.lists(requests, min_size=1, max_size=2),
        st.lists(edits(), min_size=1, max_size=4),
        st.integers(1, 5),
    )
    def explore(sent: Sequence[Request], changes: Sequence[Edit], pieces: int) -> None:
        data = b"".join(request.encode("{upload}", is_last=False) for request in sent)
        for change in changes:
            data = change(data)
        target.send_raw(data, pieces=pieces)

    explore()
    target.check()
