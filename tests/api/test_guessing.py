"""Whoever guesses passwords has to wait, and nobody else has."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from longshore.api.throttle import FREE_ADDRESS, FREE_PAIR
from longshore.registry.secrets import Kind, new
from tests.api.conftest import sound
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, bearer, new_address
from tests.api.wire import Reply

BASE = Asked("GET", "/v2/")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("guessing")
    with sound(folder / "data", "--workers", "1", *BEHIND_A_PROXY) as server:
        yield Secured(server)


@pytest.fixture
def address() -> str:
    return new_address()


def guess(secured: Secured, name: str, address: str, times: int = FREE_PAIR) -> list[Reply]:
    return [secured.ask(BASE, basic(name, f"guess {n}"), address) for n in range(times)]


def assert_told_to_wait(reply: Reply) -> None:
    assert (reply.status, reply.codes) == (429, ["TOOMANYREQUESTS"])
    assert int(reply.header("Retry-After")) > 0
    assert reply.get("WWW-Authenticate") is None  # it is not the password that is refused


def test_who_guesses_has_to_wait_whatever_comes_next(secured: Secured, address: str) -> None:
    secured.add_user("alice")
    replies = guess(secured, "alice", address)
    assert {reply.status for reply in replies} == {401}
    assert_told_to_wait(guess(secured, "alice", address, 1)[0])
    # Not even the right one: it would tell by being let in that it is right.
    assert_told_to_wait(secured.ask(BASE, basic("alice"), address))
    asked = Asked("GET", "/token")
    assert_told_to_wait(secured.ask(asked, basic("alice"), address))


def test_others_are_let_in(secured: Secured, address: str) -> None:
    for name in ("bob", "carol"):
        secured.add_user(name)
    guess(secured, "bob", address, FREE_PAIR + 1)
    assert secured.ask(BASE, basic("carol"), address).status == 200
    assert secured.ask(BASE, basic("bob"), new_address()).status == 200


def test_a_login_that_is_remembered_goes_on(secured: Secured, address: str) -> None:
    secured.add_user("dora")
    assert secured.ask(BASE, basic("dora"), address).status == 200
    token = bearer(secured.token(basic("dora")))
    assert_told_to_wait(guess(secured, "dora", address, FREE_PAIR + 1)[-1])
    for header in (basic("dora"), token):
        assert secured.ask(BASE, header, address).status == 200


def test_many_names_from_one_address_have_to_wait(secured: Secured, address: str) -> None:
    secured.add_user("emil")
    for number in range(FREE_ADDRESS):
        assert secured.ask(BASE, basic(f"name{number}"), address).status == 401
    assert_told_to_wait(secured.ask(BASE, basic("emil"), address))
    assert secured.ask(BASE, basic("emil"), new_address()).status == 200


def test_who_invents_secrets_waits_alone(secured: Secured, address: str) -> None:
    secret = secured.add_robot("build")
    refused = [secured.ask(BASE, bearer(new(Kind.ROBOT)), address) for _ in range(FREE_ADDRESS + 1)]
    assert [reply.status for reply in refused] == [401] * FREE_ADDRESS + [429]
    for header in (bearer(secret), basic("build", secret)):
        assert secured.ask(BASE, header, new_address()).status == 200


def test_refresh_tokens_are_not_guessed_either(secured: Secured, address: str) -> None:
    form = f"grant_type=refresh_token&refresh_token={new(Kind.REFRESH)}".encode()
    asked = Asked("POST", "/token", form, "application/x-www-form-urlencoded")
    refused = [secured.ask(asked, None, address) for _ in range(FREE_ADDRESS + 1)]
    assert [reply.status for reply in refused] == [401] * FREE_ADDRESS + [429]


def test_guesses_at_one_time_are_not_more_than_one_after_another(
    secured: Secured, address: str
) -> None:
    secured.add_user("frida")
    with ThreadPoolExecutor(20) as threads:
        asked = [
            threads.submit(secured.ask, BASE, basic("frida", f"guess {n}"), address)
            for n in range(60)
        ]
        statuses = [one.result().status for one in asked]
    assert statuses.count(401) <= FREE_PAIR + 1
    assert set(statuses) == {401, 429}


def test_a_wait_costs_no_line_in_the_log(secured: Secured, address: str) -> None:
    guess(secured, "gustav", address, FREE_PAIR + 20)
    refused = [line for line in secured.lines() if line.target == "gustav"]
    assert len(refused) == FREE_PAIR
