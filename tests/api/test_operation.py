"""What operators and probes ask for, several workers as one server, and a stop that is graceful."""

import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import LOOK, PATIENCE, Reply, Wire, head
from tests.serving import Server

CONTENT = bytes(range(256)) * 4000
DIGEST = Digest.of(CONTENT)

Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.mark.parametrize(("path", "said"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_probes_are_answered(path: str, said: bytes, wire: Wire) -> None:
    reply = wire.ask("GET", path)
    assert (reply.status, reply.content) == (200, said)
    assert wire.ask("HEAD", path).status == 200
    assert wire.ask("POST", path).status == 405


def samples(wire: Wire) -> dict[Sample, float]:
    """Return what the server counts, read as Prometheus reads it."""
    reply = wire.ask("GET", "/metrics")
    assert reply.header("Content-Type").startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(reply.content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def sample(name: str, **labels: str) -> Sample:
    return f"longshore_{name}", frozenset(labels.items())


def test_requests_and_bytes_are_counted(repository: Repository) -> None:
    wire = repository.wire
    labels = {"route": "upload", "method": "PATCH", "status": "202"}
    location = repository.begin()
    before = samples(wire)
    wire.ask("PATCH", location, CONTENT)
    after = samples(wire)

    def grown(of: Sample) -> float:
        return after[of] - before.get(of, 0)

    assert grown(sample("request_seconds_count", **labels)) == 1
    assert grown(sample("received_bytes_total", **labels)) == len(CONTENT)
    assert grown(sample("request_seconds_bucket", **labels, le="+Inf")) == 1
    wire.ask("GET", repository.path(f"blobs/{repository.push_blob(CONTENT)}"))
    sent = sample("sent_bytes_total", route="blob", method="GET", status="200")
    assert samples(wire)[sent] - before.get(sent, 0) >= len(CONTENT)


def test_what_the_registry_holds_is_told(wire: Wire) -> None:
    told = {name.removeprefix("longshore_") for name, labels in samples(wire) if not labels}
    assert {
        "repositories",
        "manifests",
        "tags",
        "blobs",
        "blob_bytes",
        "uploads",
        "garbage_queue",
        "discarded_bytes",
        "available_bytes",
        "collected_bytes_total",
        "collected_manifests_total",
    } <= told


def test_clients_can_not_invent_labels(wire: Wire) -> None:
    for number in range(20):
        wire.ask(f"SPAM{number}", f"/v2/{number}/tags/list")
    seen = {dict(labels).get("method") for _, labels in samples(wire)}
    assert seen <= {None, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert "other" in seen


def ask_every_worker(ask: Callable[[], Reply], workers: int) -> Counter[str]:
    """Ask until each worker has answered; how often each did, by the names they give requests."""
    answers: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE
    while len(answers) < workers or answers.total() < 40:
        answers[ask().header("X-Request-Id").partition("-")[0]] += 1
        assert time.monotonic() < deadline, answers
    return answers


def test_any_worker_tells_what_all_of_them_counted(shared: Repository) -> None:
    answers = ask_every_worker(lambda: shared.ask("GET", "referrers/none"), 2)
    counted = sample("request_seconds_count", route="referrers", method="GET", status="400")
    wait(lambda: samples(shared.wire).get(counted) == answers.total())


def test_an_upload_goes_on_in_any_worker(shared: Repository) -> None:
    location = shared.begin()
    offset = 0

    def append() -> Reply:
        nonlocal offset
        offset += 1000
        place = {"Content-Range": f"{offset - 1000}-{offset - 1}"}
        reply = shared.wire.ask("PATCH", location, CONTENT[offset - 1000 : offset], place)
        assert reply.header("Range") == f"0-{offset - 1}"
        return reply

    ask_every_worker(append, 2)
    target = f"{location}?digest={DIGEST}"
    assert shared.wire.ask("PUT", target, CONTENT[offset:]).status == 201
    answers = {shared.ask("GET", f"blobs/{DIGEST}").content for _ in range(10)}
    assert answers == {CONTENT}


def test_what_one_worker_acknowledged_every_worker_serves(shared: Repository) -> None:
    for number in range(10):
        pushed = shared.push_image(f"v{number}", annotations={"n": str(number)})
        ask_every_worker(lambda p=pushed: shared.ask("HEAD", f"manifests/{p.digest}"), 2)  # type: ignore[misc]
        reply = shared.ask("GET", f"manifests/v{number}")
        assert reply.header("Docker-Content-Digest") == pushed.digest


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_lets_running_transfers_end(workers: int, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", options=["--workers", str(workers)]).start()
    wire = Wire(server.port)
    repository = Repository(wire, "stopped")
    content = CONTENT * 30
    large = repository.push_blob(content)
    location = repository.begin()
    codes: list[int] = []
    stop = threading.Thread(target=lambda: codes.append(server.stop()))
    with wire.connect() as upload, wire.connect() as download:
        length = {"Content-Length": str(len(content) + 1)}
        target = f"{location}?digest={Digest.of(content + b'!')}"
        upload.write(head("PUT", target, length) + content)
        download.write(head("GET", repository.path(f"blobs/{large}")))
        received = [download.read_some(1000)]
        wait(lambda: wire.ask("GET", location).header("Range") != "0--1")
        stop.start()
        wait(lambda: is_refused(wire))
        upload.write(b"!")
        assert upload.read("PUT").status == 201
        while piece := download.read_some():
            received.append(piece)
        assert Digest.of(b"".join(received).partition(b"\r\n\r\n")[2]) == large
    stop.join()
    assert codes == [0]
    with Server(server.root, port=server.port):
        assert repository.ask("GET", f"blobs/{Digest.of(content + b'!')}").status == 200


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline
        time.sleep(LOOK)


def is_refused(wire: Wire) -> bool:
    """Whether the server takes no more connections: it has begun to stop."""
    try:
        wire.ask("GET", "/healthz")
    except (OSError, http.client.HTTPException):
        return True
    return False


def test_a_log_tells_the_id_that_the_client_has(server: Server, wire: Wire) -> None:
    given = wire.ask("DELETE", "/v2/a/manifests/v1").header("X-Request-Id")
    wait(lambda: bool(lines_with(server, given)))  # a line is written after its reply
    [line] = lines_with(server, given)
    assert re.search(r'"method":"DELETE".*"status":404', line)


def lines_with(server: Server, request_id: str) -> list[str]:
    return [line for line in server.log.read_text().splitlines() if f'"{request_id}"' in line]
