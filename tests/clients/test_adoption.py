"""Containers that `docker run` made, taken over on real engines: the command says what they are,
and the first rollout takes the place of the old one with all that it had.
"""

from dataclasses import replace
from pathlib import Path

from longshore.delivery.rollouts.services import Service
from longshore.source import project
from tests.cli.program import longshore
from tests.clients.rolling import BUSYBOX, END, RUNNING, Host, essence, failure_of
from tests.processes import free_port


def adopted(there: Host) -> tuple[Service, str]:
    """What `longshore adopt` prints, read from a file, and what it says besides."""
    done = longshore("adopt", there.name, **there.engine.environment)
    assert done.returncode == 0, done.stderr
    file = Path(there.folder / project.FILE)
    file.write_text(f"image: {there.repository.image}\n{done.stdout}")
    [service] = project.load(file).to_services()
    return service, done.stderr


def test_its_place_is_taken_with_all_that_it_had(there: Host) -> None:
    port, front, data = free_port(), there.network(60), there.volume()
    first = there.image(
        "one", Env=["MODE=image", "THEIRS=1"], Volumes={"/cache": {}}, Labels={"of": "image"}
    )
    there.engine.docker("pull", first)
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
