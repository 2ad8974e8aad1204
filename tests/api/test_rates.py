"""How many requests a client may send: what is refused, for how long, and whom it concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.api import rates
from longshore.api.rates import BURST, MOST_CLIENTS, RequestRate
from longshore.oci.errors import TooManyRequests
from tests.api.wire import Wire, head
from tests.serving import Server

ONE, OTHER = "192.0.2.1", "192.0.2.2"


class Clock:
    """A clock that stands still until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(rate: RequestRate, address: str, tries: int) -> int:
    """How many of so many requests get through."""
    count = 0
    for _ in range(tries):
        try:
            rate.require(address)
            count += 1
        except TooManyRequests:
            pass
    return count


def test_a_burst_is_admitted_and_then_the_rate() -> None:
    clock = Clock()
    rate = RequestRate(5, clock)
    assert admitted(rate, ONE, 100) == 5 * BURST
    clock.now += 1
    assert admitted(rate, ONE, 100) == 5
    clock.now += 1_000_000
    assert admitted(rate, ONE, 100) == 5 * BURST


def test_one_client_does_not_use_up_what_others_may() -> None:
    rate = RequestRate(1, Clock())
    assert admitted(rate, ONE, 100) == BURST
    assert admitted(rate, OTHER, 100) == BURST


def test_a_network_of_ipv6_is_one_client() -> None:
    rate = RequestRate(1, Clock())
    assert admitted(rate, "2001:db8:0:1::1", 100) == BURST
    assert admitted(rate, "2001:db8:0:1:ffff::9", 100) == 0
    assert admitted(rate, "2001:db8:0:2::1", 100) == BURST


@given(st.integers(1, 1000), st.floats(0, 5))
def test_who_waits_as_long_as_told_is_admitted(rate: int, passed: float) -> None:
    clock = Clock()
    requests = RequestRate(rate, clock)
    admitted(requests, ONE, rate * BURST)
    clock.now += passed / rate
    admitted(requests, ONE, 12)
    with pytest.raises(TooManyRequests) as refused:
        requests.require(ONE)
    wait = int(refused.value.headers["Retry-After"])
    assert wait >= 1
    clock.now += wait
    requests.require(ONE)


def test_clients_that_have_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_CLIENTS >= 1000
    monkeypatch.setattr(rates, "MOST_CLIENTS", 3)
    rate = RequestRate(1, Clock())
    for address in (ONE, "192.0.2.3", "192.0.2.4", OTHER):
        assert admitted(rate, address, 100) == BURST
    assert admitted(rate, OTHER, 1) == 0
    assert admitted(rate, ONE, 100) == BURST  # begins anew


def test_too_many_requests_are_refused_before_their_body(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("rates") / "data"
    with Server(root, options=["--request-rate", "1", "--workers", "1"]) as server:
        wire = Wire(server.port)
        statuses = [wire.ask("GET", "/v2/").status for _ in range(3 * BURST)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        with wire.connect() as connection:
            length = {"Content-Length": "1000000000"}
            connection.write(head("POST", "/v2/a/blobs/uploads/?digest=sha256:0", length))
            reply = connection.read("POST")
        assert (reply.status, reply.codes) == (429, ["TOOMANYREQUESTS"])
        assert int(reply.header("Retry-After")) >= 1
