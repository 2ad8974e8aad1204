"""A code becomes a secret that this user alone can read, once."""

import contextlib
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from longshore.agent.joining import join, kept
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.management import Management
from longshore.delivery.rollouts.execution import Unavailable
from longshore.oci.errors import Unauthorized

Answer = Callable[[httpx.Request], httpx.Response]
JOINED = {"host": "web", "account": "staging.web", "secret": "lsr_something"}


@contextlib.contextmanager
def asking(answer: Answer) -> Iterator[Management]:
    http = httpx.Client(
        base_url="https://registry.example.com", transport=httpx.MockTransport(answer)
    )
    with contextlib.closing(Management(http)) as management:
        yield management


def accept(_: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json=JOINED)


def refuse(_: httpx.Request) -> httpx.Response:
    body = {"errors": [{"code": "UNAUTHORIZED", "message": "the code is not good"}]}
    return httpx.Response(401, json=body)


def fail(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


def test_a_secret_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "staging"
    assert kept(folder) == ""
    with asking(accept) as management:
        assert join(management, "staging", "web", "code", folder) == "lsr_something"
    assert kept(folder) == "lsr_something"
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (refuse, Unauthorized),
        (fail, Unreachable),
        (lambda _: httpx.Response(502), UnexpectedReply),
        (lambda _: httpx.Response(201, json={}), KeyError),
    ],
    ids=["refused", "no answer", "a gateway", "another answer"],
)
def test_who_could_not_join_keeps_nothing(
    tmp_path: Path, answer: Answer, problem: type[Exception]
) -> None:
    with asking(answer) as management, pytest.raises(problem):
        join(management, "staging", "web", "code", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_code_is_not_used_up_where_a_secret_can_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with asking(fail) as management, pytest.raises(Unavailable):
        join(management, "staging", "web", "code", tmp_path)
