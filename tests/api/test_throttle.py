"""Failed logins: who has to wait, how long, and who has not."""

import pytest

from longshore.api import throttle
from longshore.api.throttle import (
    FORGET,
    FREE_ADDRESS,
    FREE_NAME,
    FREE_PAIR,
    LONGEST,
    SHORTEST,
    Throttle,
)
from longshore.oci.errors import TooManyRequests

HERE, THERE = "10.0.0.1", "10.0.0.2"


class Clock:
    """Seconds, which pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> Throttle:
    return Throttle(clock)


def fail(logins: Throttle, times: int, name: str = "alice", address: str = HERE) -> None:
    for _ in range(times):
        logins.failed(name, address)


def wait(logins: Throttle, name: str = "alice", address: str = HERE) -> int:
    """Seconds that the client is told to wait; 0 if it need not."""
    try:
        logins.check(name, address)
    except TooManyRequests as refusal:
        return int(refusal.headers["Retry-After"])
    return 0


def test_the_first_failures_are_free(logins: Throttle) -> None:
    fail(logins, FREE_PAIR - 1)
    assert wait(logins) == 0
    fail(logins, 1)
    assert wait(logins) > 0


def test_each_failure_doubles_the_wait_up_to_a_limit(logins: Throttle, clock: Clock) -> None:
    fail(logins, FREE_PAIR - 1)
    waits = []
    for _ in range(12):
        fail(logins, 1)
        waits.append(wait(logins))
        clock.now += waits[-1]
        assert wait(logins) == 0  # as it was told
    assert waits[:4] == [5, 9, 17, 33]
    assert waits == sorted(waits)
    assert waits[-1] == int(LONGEST) + 1


def test_whoever_waits_is_not_told_less_than_it_takes(logins: Throttle, clock: Clock) -> None:
    fail(logins, FREE_PAIR + 2)
    told = wait(logins)
    clock.now += told / 2
    assert 0 < wait(logins) <= told / 2 + 1


def test_a_person_is_told_how_long(logins: Throttle) -> None:
    fail(logins, FREE_PAIR)
    with pytest.raises(TooManyRequests, match="try again in 5 seconds"):
        logins.check("alice", HERE)


def test_others_need_not_wait(logins: Throttle) -> None:
    fail(logins, FREE_PAIR)
    assert wait(logins, "bob", HERE) == 0
    assert wait(logins, "alice", THERE) == 0
    assert wait(logins, "", HERE) == 0


def test_many_names_from_one_place_do_not_get_far(logins: Throttle) -> None:
    for number in range(FREE_ADDRESS):
        fail(logins, 1, f"name{number}")
    assert wait(logins, "another") > 0
    assert wait(logins, "") > 0
    assert wait(logins, "another", THERE) == 0


def test_many_places_for_one_name_do_not_get_far(logins: Throttle) -> None:
    for number in range(FREE_NAME):
        fail(logins, 1, "alice", f"10.0.1.{number}")
    assert wait(logins, "alice", THERE) > 0
    assert wait(logins, "bob", THERE) == 0


def test_logins_without_a_name_are_no_name(logins: Throttle) -> None:
    """Else whoever invents secrets somewhere would lock out all robots everywhere."""
    for number in range(2 * FREE_NAME):
        fail(logins, 1, "", f"10.0.1.{number}")
    assert wait(logins, "", THERE) == 0


def test_a_failure_without_a_name_counts_once(logins: Throttle) -> None:
    fail(logins, FREE_ADDRESS - 1, "")
    assert wait(logins, "") == 0
    fail(logins, 1, "")
    assert wait(logins, "") > 0


def test_a_name_that_looks_like_an_address_is_none(logins: Throttle) -> None:
    fail(logins, FREE_PAIR, THERE, HERE)
    assert wait(logins, "alice", THERE) == 0
    assert wait(logins, HERE, THERE) == 0


def test_addresses_of_one_network_of_ipv6_are_one_place(logins: Throttle) -> None:
    for number in range(FREE_ADDRESS):
        fail(logins, 1, f"name{number}", f"2001:db8::{number:x}")
    assert wait(logins, "alice", "2001:db8::ffff:0:1") > 0
    assert wait(logins, "alice", "2001:db8:0:1::1") == 0


@pytest.mark.parametrize("address", ["unknown", "", "::1", "10.0.0.1"])
def test_any_address_is_a_place(address: str, logins: Throttle) -> None:
    fail(logins, FREE_PAIR, "alice", address)
    assert wait(logins, "alice", address) > 0


def test_a_good_login_forgets_the_failures_of_that_name_from_there(logins: Throttle) -> None:
    fail(logins, FREE_PAIR)
    fail(logins, FREE_PAIR, "alice", THERE)
    logins.succeeded("alice", HERE)
    assert wait(logins) == 0
    assert wait(logins, "alice", THERE) > 0


def test_a_good_login_does_not_set_an_address_free(logins: Throttle) -> None:
    """Else whoever has one account could guess those of others for ever."""
    for number in range(FREE_ADDRESS):
        fail(logins, 1, f"name{number}")
        logins.succeeded("mallory", HERE)
    assert wait(logins, "alice") > 0


def test_all_is_forgotten_after_a_while(logins: Throttle, clock: Clock) -> None:
    fail(logins, FREE_PAIR + 9)
    clock.now += FORGET + 1
    assert wait(logins) == 0
    fail(logins, FREE_PAIR - 1)
    assert wait(logins) == 0


def test_who_guesses_slowly_is_not_forgotten(logins: Throttle, clock: Clock) -> None:
    for _ in range(FREE_PAIR + 3):
        fail(logins, 1)
        clock.now += FORGET - 1
    fail(logins, 1)
    assert wait(logins) > SHORTEST + 1


def test_long_names_are_cut(logins: Throttle) -> None:
    fail(logins, FREE_PAIR, "x" * 9999)
    assert wait(logins, "x" * 8888) > 0


def test_what_is_remembered_is_bounded_and_the_oldest_goes(
    logins: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 30)
    fail(logins, FREE_PAIR, "first", "10.1.0.0")
    for number in range(20):
        fail(logins, 1, f"name{number}", f"10.2.0.{number}")
    fail(logins, FREE_PAIR, "last", "10.1.0.1")
    assert wait(logins, "first", "10.1.0.0") == 0
    assert wait(logins, "last", "10.1.0.1") > 0
