"""Services and environments in longshore.yaml: what they mean, and what is told of a mistake."""

from pathlib import Path

import pytest

from longshore.delivery.environments.environment import Environment
from longshore.delivery.environments.windows import Window
from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.source import project
from longshore.source.errors import ProjectError

HEAD = "image: registry.example.com/team/app\n"


def read(tmp_path: Path, text: str) -> project.Project:
    file = tmp_path / project.FILE
    file.write_text(HEAD + text)
    return project.load(file)


def test_without_services_there_is_one_of_the_projects_image(tmp_path: Path) -> None:
    found = read(tmp_path, "environments: {development: {follow: develop}, staging: {}}\n")
    app = Service("app", "team/app")
    assert found.to_environments() == (
        Environment("development", (app,), follow="develop"),
        Environment("staging", (app,)),
    )
    assert found.to_services() == (app,)
    assert read(tmp_path, "").to_environments() == ()


WHOLE = """
services:
  web:
    command: serve --all "with care"
    entrypoint: [/entry]
    ports: ["8080:80"]
    environment: {MODE: live, TRUTH: no}
    secrets: {PASSWORD: db}
    volumes: ["data:/var/lib/data", "/srv/conf:/etc/conf:ro"]
    networks: [front]
    health: {http: {path: /up, port: 80}, deadline: 2m, check: {command: check, interval: 5s}}
    stop_grace: 30s
    drain: 1m30s
    memory: 512m
    cpus: 1.5
    read_only: true
    init: true
    depends_on: [migrate]
  migrate:
    image: team/migrations
    one_shot: true
    networks: {back: {aliases: [db]}}
    shm_size: "1024"
"""


def test_a_service_is_written_as_compose_has_it(tmp_path: Path) -> None:
    web, migrate = read(tmp_path, WHOLE).to_services()
    assert web == Service(
        "web",
        "team/app",
        command=("serve", "--all", "with care"),
        entrypoint=("/entry",),
        ports=(Port(80, 8080),),
        environment={"MODE": "live", "TRUTH": "no"},
        secrets={"PASSWORD": "db"},
        volumes=(Volume.parse("data:/var/lib/data"), Volume.parse("/srv/conf:/etc/conf:ro")),
        networks=(Network("front"),),
        health=Health(Check(("check",), interval=5.0), Probe("/up", 80), deadline=120),
        stop_grace=30,
        drain=90,
        has_init=True,
        depends_on=("migrate",),
        confinement=Confinement(memory=512 << 20, cpus=1.5, is_read_only=True),
    )
    assert migrate == Service(
        "migrate",
        "team/migrations",
        is_one_shot=True,
        networks=(Network("back", ("db",)),),
        confinement=Confinement(shm_size=1024),
    )


ENVIRONMENTS = """
services:
  web: {environment: {MODE: live, LEVEL: info}, user: "1000"}
  worker: {command: work}
environments:
  development: {follow: develop, services: {web: {environment: {MODE: test}}}}
  staging: {follow: master, verified_after: 10m, services: [worker, web]}
  production:
    follow: ~1.0
    prereleases: true
    min_age: 1h
    promote_from: staging
    approvals: 2
    approvers: ["@leads"]
    deployers: [kees]
    agents: [web1]
    windows: [{allow: "Mon-Thu 09:00-16:00", tz: Europe/Paris}, {deny: Sat}]
"""


def test_an_environment_says_what_differs_there(tmp_path: Path) -> None:
    development, staging, production = read(tmp_path, ENVIRONMENTS).to_environments()
    web = Service("web", "team/app", environment={"MODE": "live", "LEVEL": "info"}, user="1000")
    worker = Service("worker", "team/app", command=("work",))
    assert [service.name for service in development.services] == ["web"]
    assert development.services[0].environment == {"MODE": "test", "LEVEL": "info"}
    assert development.services[0].user == "1000"
    assert staging == Environment("staging", (worker, web), follow="master", verified_after=600)
    assert production == Environment(
        "production",
        (web, worker),
        follow="~1.0",
        prereleases=True,
        min_age=3600,
        promote_from="staging",
        approvals=2,
        approvers=("@leads",),
        deployers=("kees",),
        agents=("web1",),
        windows=(Window("Mon-Thu 09:00-16:00", tz="Europe/Paris"), Window(deny="Sat")),
    )


def test_an_environment_may_come_after_one_of_another_file(tmp_path: Path) -> None:
    [found] = read(tmp_path, "environments: {live: {promote_from: staging}}").to_environments()
    assert found.promote_from == "staging"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "services:\n  web:\n    prots: [80]\n",
            "4: services.web.prots: there is no such key; did you mean ports?",
        ),
        ("services:\n  web:\n    ports:\n      - x\n", "5: services.web.ports.0: a port is"),
        ("services:\n  web:\n    memory: lots\n", "4: services.web.memory: write a size"),
        ("services:\n  web:\n    stop_grace: 30\n", "4: services.web.stop_grace: a duration is"),
        (
            "services:\n  web:\n    health: {http: {pth: /}}\n",
            "4: services.web.health.http.pth: there is no such key; did you mean path?",
        ),
        (
            "services:\n  web:\n    order: start-first\n    ports: ['80:80']\n",
            "4: services.web: order start-first is not possible",
        ),
        (
            "environments:\n  live:\n    folow: x\n",
            "4: environments.live.folow: there is no such key; did you mean follow?",
        ),
        (
            "environments:\n  live:\n    follow: x\n    pin: y\n",
            "4: environments.live: an environment follows a tag or is pinned",
        ),
        (
            "environments:\n  live:\n    windows:\n      - allow: always\n",
            "5: environments.live.windows.0: 'always' is no window",
        ),
        ("environments:\n  live: {services: [db]}\n", "there is no service db"),
        (
            "environments:\n  a: {promote_from: b}\n  b: {promote_from: a}\n",
            "in a circle: a from b from a",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ProjectError) as problem:
        read(tmp_path, text)
    assert told in str(problem.value)
