"""What Docker Engine says of a container, read, and told again to make the same."""

from typing import Any

from longshore.engine.inspection import again, anonymous_volumes, described, namespaces_of

ID, OTHER, NEWER = "1" * 64, "2" * 64, "3" * 64
NAMELESS = "a" * 64


CONFIG = {
    "Image": "team/web:1.0",
    "Hostname": ID[:12],
    "Env": ["A=1"],
    "Labels": {"team": "acme"},
    "ExposedPorts": {"80/tcp": {}},
}
HOST = {
    "NetworkMode": "front",
    "RestartPolicy": {"Name": "always"},
    "Binds": ["data:/data"],
    "Links": ["/db:/web/database"],
    "VolumesFrom": None,
    "Mounts": None,
}
FRONT = {
    "Aliases": ["www", ID[:12]],
    "IPAMConfig": {"IPv4Address": "10.1.0.9"},
    "IPAddress": "10.1.0.9",
    "MacAddress": "02:42:0a:01:00:09",
    "NetworkID": "n",
    "EndpointID": "e",
}


def container(**fields: Any) -> dict[str, Any]:
    """A container as `docker inspect` shows one; fields are added to its parts."""
    found: dict[str, Any] = {
        "Id": ID,
        "Name": "/web",
        "Created": "2026-01-01T00:00:00Z",
        "Image": f"sha256:{'c' * 64}",
        "State": {"Running": True, "ExitCode": 0},
        "Config": CONFIG,
        "HostConfig": HOST,
        "Mounts": [
            {"Type": "volume", "Name": NAMELESS, "Destination": "/cache"},
            {"Type": "volume", "Name": "data", "Destination": "/data"},
            {"Type": "bind", "Source": "/srv", "Destination": "/srv"},
        ],
        "NetworkSettings": {
            "Networks": {"front": FRONT, "back": {"Aliases": None, "IPAMConfig": None}}
        },
    }
    return found | {part: {**found[part], **changed} for part, changed in fields.items()}


def test_a_container_that_others_made() -> None:
    read = described(container())
    assert (read.id, read.name, read.release, read.fingerprint) == (ID, "web", "", "")
    assert (read.image, read.restart, read.is_running) == ("team/web:1.0", "always", True)
    assert read.data == ("/cache",)


def test_one_without_labels_volumes_or_a_policy() -> None:
    bare = container(Config={"Labels": None}, HostConfig={"RestartPolicy": {"Name": ""}})
    bare["Mounts"] = None
    read = described(bare)
    assert (read.restart, read.data) == ("no", ())


def test_a_volume_that_was_carried_over_stays_anonymous() -> None:
    carried = {"Type": "volume", "Source": NAMELESS, "Target": "/cache"}
    assert anonymous_volumes(container(HostConfig={"Mounts": [carried]})) == {"/cache": NAMELESS}


def test_whose_network_it_is_in_is_known() -> None:
    assert (
        described(container(HostConfig={"NetworkMode": f"container:{OTHER}"})).network_of == OTHER
    )
    assert described(container()).network_of == ""
    shared = {"NetworkMode": "none", "IpcMode": f"container:{OTHER}", "PidMode": "host"}
    assert namespaces_of(container(HostConfig=shared)) == {OTHER}


def test_it_is_told_again_without_what_the_engine_made_up() -> None:
    body, places = again(container(), {})
    assert body["Image"] == f"sha256:{'c' * 64}"
    assert "Hostname" not in body
    assert body["Env"] == ["A=1"]
    host = body["HostConfig"]
    assert host["Binds"] == ["data:/data"]
    assert host["Links"] == ["db:database"]
    assert host["Mounts"] == [{"Type": "volume", "Source": NAMELESS, "Target": "/cache"}]
    front = {"IPAMConfig": {"IPv4Address": "10.1.0.9"}, "Aliases": ["www"]}
    assert places == {"front": front, "back": {}}
    assert body["NetworkingConfig"]["EndpointsConfig"] == {"front": front}


def test_what_a_user_gave_stays() -> None:
    image = f"team/web@sha256:{'d' * 64}"
    config = {"Hostname": "www", "MacAddress": "02:42:0a:01:00:09", "Image": image}
    body, places = again(container(Config=config), {})
    assert (body["Hostname"], body["Image"]) == ("www", image)
    assert places["front"]["MacAddress"] == "02:42:0a:01:00:09"


def test_one_in_the_network_of_another_goes_where_that_one_went() -> None:
    host = {
        "NetworkMode": f"container:{OTHER}",
        "PidMode": f"container:{OTHER}",
        "VolumesFrom": [f"{OTHER}:ro"],
    }
    dependant = container(HostConfig=host, NetworkSettings={"Networks": {}})
    body, places = again(dependant, {OTHER: NEWER})
    assert body["HostConfig"]["NetworkMode"] == f"container:{NEWER}"
    assert body["HostConfig"]["PidMode"] == f"container:{NEWER}"
    assert body["HostConfig"]["VolumesFrom"] == [f"{NEWER}:ro"]
    assert "ExposedPorts" not in body
    assert places == {}
