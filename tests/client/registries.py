"""The registries that the client is tried on, each as a process: Longshore, and two others."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.clients.tools import tool
from tests.serving import HOST, PATIENCE, Server, free_port

OTHERS = {"registry-2.8": "/usr/bin/docker-registry", "registry-3.1": "registry"}
EVERY = ["longshore", *OTHERS]


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[str]:
    """Run one of them from the time it answers; yields its host."""
    if name == "longshore":
        with Server(folder / "data") as server:
            yield server.host
        return
    host = f"{HOST}:{free_port()}"
    settings = {
        "version": 0.1,
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "data")},
            "delete": {"enabled": True},
        },
        "http": {"addr": host},
    }
    file = folder / "registry.yml"
    file.write_text(json.dumps(settings))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [tool(OTHERS[name]), "serve", file],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(host):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)
        yield host
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _answers(host: str) -> bool:
    with contextlib.closing(http.client.HTTPConnection(host, timeout=5)) as connection:
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
