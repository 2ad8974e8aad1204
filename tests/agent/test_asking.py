"""A server as the one who says what is due: its words, and what is no answer."""

import contextlib
import json
from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest

from longshore.agent.asking import Server
from longshore.agent.ports import Due, Report, Unreachable
from longshore.client.management import Management
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from tests.delivery.rollouts.material import IMAGE

WEB = Service("web", "team/web", container="acme-web", environment={"A": "1"})
SIDE = Service("side", "team/web", network_mode="service:web")
DIGEST = IMAGE.partition("@")[2]

Answer = Callable[[httpx.Request], httpx.Response]


@contextlib.contextmanager
def asking(answer: Answer) -> Iterator[Server]:
    transport = httpx.MockTransport(answer)
    http = httpx.Client(base_url="https://registry.example.com", transport=transport)
    with contextlib.closing(Management(http)) as management:
        yield Server(management, "registry.example.com", "staging", "host-1")


def desired(*services: Service) -> Answer:
    wanted = [
        {"service": msgspec.to_builtins(each), "digest": DIGEST, "name": "1.0", "deployment": at}
        for at, each in enumerate(services, 5)
    ]
    body = {"environment": "staging", "generation": 7, "services": wanted}
    return lambda _: httpx.Response(200, json=body)


def test_what_is_due_has_its_image_at_the_servers_registry() -> None:
    with asking(desired(WEB, SIDE)) as server:
        due = server.wait(None, 25)
    releases = (Release(WEB, IMAGE, 5), Release(SIDE, IMAGE, 6, shares_with="acme-web"))
    assert due == Due(7, releases)


def test_it_is_asked_for_what_is_not_known_yet() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.path}?{request.url.query.decode()}")
        return desired(WEB)(request)

    with asking(answer) as server:
        server.wait(None, 25)
        server.wait(0, 25)
    path = "/api/v1/environments/staging/desired"
    assert asked == [f"{path}?host=host-1&wait=25", f"{path}?host=host-1&generation=0&wait=25"]


def test_no_content_is_nothing_new() -> None:
    with asking(lambda _: httpx.Response(204)) as server:
        assert server.wait(7, 25) is None


def test_reports_are_in_the_servers_words() -> None:
    said: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        said.append((request.url.path, json.loads(request.content)))
        return httpx.Response(204)

    with asking(answer) as server:
        server.report((Report("web", 5, "failed", IMAGE, "it ended"), Report("db", 6, "starting")))
    services = [
        {
            "service": "web",
            "deployment": 5,
            "state": "failed",
            "digest": DIGEST,
            "detail": "it ended",
        },
        {"service": "db", "deployment": 6, "state": "starting", "digest": "", "detail": ""},
    ]
    told = {"host": "host-1", "services": services}
    assert said == [("/api/v1/environments/staging/report", told)]


def test_it_knows_who_it_is() -> None:
    with asking(lambda _: httpx.Response(200, json={"name": "agent-1"})) as server:
        assert server.name() == "agent-1"


def refusing(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    "answer",
    [
        refusing,
        lambda _: httpx.Response(401),
        lambda _: httpx.Response(
            404, json={"errors": [{"code": "NOT_FOUND", "message": "no such environment"}]}
        ),
        lambda _: httpx.Response(502, text="<h1>Bad Gateway</h1>"),
        lambda _: httpx.Response(200, json={"generation": "many"}),
        lambda _: httpx.Response(200, json={"generation": 1, "services": [{"service": {}}]}),
        lambda _: httpx.Response(200, json=[]),
    ],
)
def test_what_is_no_answer_is_for_later(answer: Answer) -> None:
    with asking(answer) as server:
        with pytest.raises(Unreachable):
            server.wait(1, 25)
        with pytest.raises(Unreachable):
            server.name()


def test_a_service_that_this_agent_can_not_run_is_for_later() -> None:
    newer = msgspec.to_builtins(WEB) | {"network_mode": "elsewhere"}
    wanted = {"service": newer, "digest": DIGEST, "deployment": 1}
    body = {"generation": 1, "services": [wanted]}
    with (
        asking(lambda _: httpx.Response(200, json=body)) as server,
        pytest.raises(Unreachable, match="network_mode is"),
    ):
        server.wait(1, 25)
