"""Containers that `docker run` made, taken over on real engines: the command says what they are,
and the first rollout takes the place of the old one with all that it had.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from longshore.delivery.rollouts.services import Service
from longshore.source import project
from tests.cli.program import longshore
from tests.clients.rolling import BUSYBOX, END, RUNNING, Host, essence, failure_of
from tests.docs.schemas import check
from tests.processes import free_port

# What an engine has to be told otherwise for another container of the same.
_OF_ENGINE = {"Binds", "Mounts", "ContainerIDFile", "RestartPolicy"}


def adopted(there: Host, code: int = 0) -> tuple[Service, str]:
    """What `longshore adopt` prints, read from a file, and what it says besides."""
    done = longshore("adopt", there.name, **there.engine.environment)
    assert done.returncode == code, done.stderr
    file = Path(there.folder / project.FILE)
    file.write_text(f"image: {there.repository.image}\n{done.stdout}")
    [service] = project.load(file).to_services()
    return service, done.stderr


@pytest.mark.usefixtures("impatient")
def test_its_place_is_taken_with_all_that_it_had(there: Host) -> None:
    port, front, data = free_port(), there.network(60), there.volume()
    first = there.image(
        "one", Env=["MODE=image", "THEIRS=1"], Volumes={"/cache": {}}, Labels={"of": "image"}
    )
    there.engine.docker(
        "run", "--detach", "--name", there.name, "--publish", f"{port}:80",
        "--network", front, "--network-alias", "www",
        "--volume", f"{data}:/data", "--volume", "/mine",
        "--env", "MODE=mine", "--env", "PASSWORD=hush", "--restart", "always", first,
    )  # fmt: skip
    for place in ("/data", "/mine", "/cache"):
        there.run("touch", f"{place}/precious")
    before = there.inspect()

    service, said = adopted(there)
    assert "PASSWORD: write its value to /etc/longshore/secrets" in said
    assert "hush" not in said
    assert service.environment == {"MODE": "mine"}
    assert service.labels == {}
    settled = replace(service, secrets={}, health=RUNNING)

    failure_of(there.roll_out(settled, there.image("bad", command=END), 1))
    assert essence(there.inspect()) == essence(before)

    serve = [BUSYBOX, "httpd", "-f", "-p", "80", "-h", "/www", "-v"]
    second = there.image("two", command=serve, Env=["MODE=image", "THEIRS=2"])
    assert there.roll_out(settled, second, 2).result == "deployed"
    after = there.inspect()
    assert there.names() == {there.name: True, f"{there.name}-prev-{before['Id'][:6]}": False}
    assert after["HostConfig"]["PortBindings"] == before["HostConfig"]["PortBindings"]
    assert after["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert {"MODE=mine", "THEIRS=2"} <= set(after["Config"]["Env"])
    assert "THEIRS=1" not in after["Config"]["Env"]
    assert after["Config"]["Cmd"] == serve
    assert "of" not in after["Config"]["Labels"]
    assert there.run("wget", "-qO-", "http://www/health") == "two"
    for place in ("/data", "/mine"):
        assert there.run("ls", place) == "precious"


def test_another_of_the_same_image_is_the_same_container(there: Host) -> None:
    """Every option that a service can say, and the others are told."""
    front = there.network(61)
    address = f"{there.engine.subnets}.61.9"
    image = there.image(
        "one", Volumes={"/cache": {}}, Healthcheck={"Test": ["CMD", BUSYBOX, "false"]}
    )
    there.engine.docker(
        "run", "--detach", "--name", there.name,
        "--network", front, "--ip", address,
        "--user", "7:7", "--workdir", "/www", "--hostname", "www", "--label", "team=acme",
        "--init", "--volume", "/etc:/conf:ro", "--entrypoint", BUSYBOX,
        "--memory", "64m", "--cpus", "0.5", "--shm-size", "1m", "--pids-limit", "50",
        "--read-only", "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN",
        "--device", "/dev/null:/dev/nothing:r", "--security-opt", "no-new-privileges",
        "--sysctl", "net.core.somaxconn=9", "--group-add", "9",
        "--dns", "10.1.0.1", "--add-host", "db:10.1.0.2",
        "--stop-signal", "SIGKILL", "--stop-timeout", "7",
        "--no-healthcheck",
        "--ulimit", "nofile=512", "--log-opt", "max-size=1m", "--tty", image, "sleep", "99",
    )  # fmt: skip
    before = there.inspect()
    service, said = adopted(there, code=1)
    for left_out in ("--ulimit", "--log-driver", "--tty"):
        assert f"A service can not say {left_out}" in said
    assert said.count("\n") == 3
    told = longshore("adopt", before["Id"], "--json", **there.engine.environment)
    check("adopt", json.loads(told.stdout))
    assert len(json.loads(told.stdout)["left_out"]) == 3

    health = replace(RUNNING, check=service.health.check)
    outcome = there.roll_out(replace(service, health=health), image, 1)
    assert outcome.result == "deployed", outcome
    after = there.inspect()
    assert _host(after) == _host(before)
    assert _config(after) == _config(before)
    [(_, joined)] = after["NetworkSettings"]["Networks"].items()
    assert joined["IPAddress"] == address


def _host(container: dict[str, Any]) -> dict[str, Any]:
    """What is empty counts for nothing: engines write that in several ways."""
    without = _OF_ENGINE | {"Ulimits", "LogConfig", "ConsoleSize"}
    said = container["HostConfig"].items()
    return {key: each for key, each in said if each and key not in without}


def _config(container: dict[str, Any]) -> dict[str, Any]:
    said = dict(container["Config"])
    labels = said.pop("Labels")
    own = {key: each for key, each in labels.items() if not key.startswith("longshore.")}
    without = {"Tty", "ExposedPorts", "Image", "MacAddress"}
    found = {key: each for key, each in said.items() if each and key not in without}
    return found | {"Labels": own}
