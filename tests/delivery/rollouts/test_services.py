"""Services: what can be said of one, what does not go together, and who comes first."""

from typing import Any

import msgspec
import pytest

from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service, in_order

WEB = Service("web", "team/web")
FULL = Service(
    "web",
    "team/web",
    container="acme-web",
    entrypoint=("/entry",),
    command=("serve", "--port", "80"),
    user="1000:1000",
    working_dir="/srv",
    hostname="web",
    has_init=True,
    environment={"MODE": "staging"},
    secrets={"DB_PASSWORD": "staging-db"},
    labels={"team": "acme"},
    ports=(Port(80, 8080),),
    volumes=(Volume("/data", "data"), Volume("/cache")),
    networks=(Network("front", ("www",), "10.1.0.9"),),
    extra_hosts=("db:10.1.0.3",),
    dns=("10.1.0.2",),
    health=Health(Check(("true",), interval=1), Probe("/health", 80), watch=0),
    order="stop-first",
    stop_signal="SIGQUIT",
    stop_grace=30.0,
    restart="always",
    depends_on=("db",),
    keep=3,
    confinement=Confinement(memory=1 << 28, cap_drop=("ALL",)),
)


def service(**fields: Any) -> Service:
    return Service(**({"name": "web", "image": "team/web"} | fields))


@pytest.mark.parametrize("service", [WEB, FULL])
def test_a_service_is_read_from_json_as_it_was_written(service: Service) -> None:
    written = msgspec.json.encode(service)
    assert msgspec.json.decode(written, type=Service) == service


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "Web"}, "a service is at most"),
        ({"name": "x" * 41}, "a service is at most"),
        ({"image": "registry.example.com:5000/team/web"}, "a repository name"),
        ({"image": "team/web:1.0"}, "a repository name"),
        ({"container": "-web"}, "no name of a container"),
        ({"depends_on": ("web",)}, "can not need itself"),
        ({"environment": {"A=B": "c"}}, "no name of a variable"),
        ({"environment": {"A": "1"}, "secrets": {"A": "a"}}, "among environment and secrets"),
        ({"secrets": {"A": "../a"}}, "a secret's name"),
        ({"labels": {"longshore.service": "x"}}, "are Longshore's"),
        ({"network_mode": "container:db"}, "network_mode is"),
        ({"network_mode": "db"}, "network_mode is"),
        ({"network_mode": "service:"}, "network_mode is"),
        ({"network_mode": "host", "networks": (Network("front"),)}, "no networks to be in"),
        ({"network_mode": "host", "ports": (Port(80),)}, "no ports are published"),
        ({"network_mode": "service:db", "hostname": "web"}, "the other service's"),
        ({"networks": (Network("front"), Network("front", ("a",)))}, "network front is there"),
        ({"volumes": (Volume("/a", "x"), Volume("/a"))}, "volume at /a is there twice"),
        ({"ports": (Port(80, 8080), Port(80, 8080))}, "port 8080:80/tcp is there twice"),
        ({"stop_signal": "sigterm"}, "a signal is written"),
        ({"stop_grace": -1.0}, "not negative"),
        ({"drain": -1.0}, "not negative"),
        ({"keep": 0}, "at least 1"),
        ({"is_one_shot": True, "restart": "always"}, "not started again"),
        ({"is_one_shot": True, "health": Health(http=Probe())}, "no http probe"),
        ({"order": "start-first", "ports": (Port(80, 8080),)}, "both have port 8080 of the host"),
    ],
)
def test_what_does_not_go_together_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        service(**fields)


def test_limits_are_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Confinement(memory=-1)


def test_a_container_has_the_services_name_unless_it_has_its_own() -> None:
    assert WEB.container_name == "web"
    assert FULL.container_name == "acme-web"


def test_what_ends_by_itself_is_not_started_again() -> None:
    assert WEB.restart_policy == "unless-stopped"
    assert service(is_one_shot=True).restart_policy == "no"
    assert service(is_one_shot=True, restart="on-failure").restart_policy == "on-failure"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ports": (Port(80),)},
        {"volumes": (Volume("/a", "x", is_shared=True),)},
        {"volumes": (Volume("/a", "x"),), "order": "start-first"},
        {"networks": (Network("front", ("www",)),)},
        {"network_mode": "none"},
    ],
)
def test_where_nothing_is_held_by_one_only_the_new_one_starts_first(fields: dict[str, Any]) -> None:
    assert service(**fields).is_start_first


@pytest.mark.parametrize(
    "fields",
    [
        {"ports": (Port(80, 8080),)},
        {"volumes": (Volume("/a", "x"),)},
        {"volumes": (Volume("/a"),)},
        {"networks": (Network("front", ipv4_address="10.1.0.9"),)},
        {"network_mode": "host"},
        {"network_mode": "service:db"},
        {"is_one_shot": True},
        {"order": "stop-first"},
    ],
)
def test_else_the_old_one_stops_first(fields: dict[str, Any]) -> None:
    assert not service(**fields).is_start_first


def test_services_come_after_those_that_they_need() -> None:
    database, migration = service(name="db"), service(name="migrate", depends_on=("db",))
    web = service(name="web", depends_on=("migrate",))
    proxy = service(name="proxy", network_mode="service:web", depends_on=("web",))
    sidecar = service(name="sidecar", network_mode="service:web")
    given = [sidecar, proxy, web, migration, database]
    assert in_order(given) == (database, migration, web, sidecar, proxy)
    assert in_order([database, web, migration]) == (database, migration, web)


@pytest.mark.parametrize(
    ("services", "reason"),
    [
        ([service(depends_on=("db",))], "web needs db, which is no service here"),
        ([service(network_mode="service:db")], "web needs db"),
        ([service(), service()], "two services are called web"),
        (
            [service(name="a", depends_on=("b",)), service(name="b", depends_on=("a",))],
            "in a circle: a, b",
        ),
    ],
)
def test_an_order_that_is_none_is_refused(services: list[Service], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        in_order(services)
