"""nginx and Caddy in front of a server, set up as docs/behind-a-proxy.md says.

The page's words are what is run, with the ports and the paths of a test in place of its own.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.authority import Pair
from tests.clients.tools import PATIENCE, tool
from tests.serving import HOST, free_port

PAGE = Path(__file__).parents[2] / "docs" / "behind-a-proxy.md"
PROGRAMS = {"nginx": "/usr/sbin/nginx", "caddy": "caddy"}

# What the page leaves to the reader's machine: where nginx keeps its files, and no port but ours.
AROUND = {
    "nginx": """\
user root;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/bodies;
proxy_temp_path {folder}/replies;
fastcgi_temp_path {folder}/unused;
scgi_temp_path {folder}/unused;
uwsgi_temp_path {folder}/unused;
{page}
}}
""",
    "caddy": "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{page}",
}


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs, and what it runs with."""

    name: str
    port: int
    folder: Path

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def stored(self) -> list[Path]:
        """Bodies that it has put on the disk."""
        return [
            path for path in self.folder.rglob("*") if path.parent.name in {"bodies", "replies"}
        ]


def blocks(language: str) -> list[str]:
    """The page's blocks of one language."""
    parts = PAGE.read_text(encoding="utf-8").split("```")
    return [part.partition("\n")[2] for part in parts[1::2] if part.startswith(f"{language}\n")]


@contextlib.contextmanager
def in_front(
    name: str, text: str, pair: Pair, upstream: int, folder: Path, port: int | None = None
) -> Iterator[Proxy]:
    """Run a proxy by these words of the page, in front of a port of this machine."""
    folder.mkdir()
    proxy = Proxy(name, port or free_port(), folder)
    replaced = {
        "registry.example.com {": f"localhost:{proxy.port} {{",
        "registry.example.com;": "localhost;",
        "listen 443": f"listen {proxy.port}",
        "/etc/ssl/registry.crt": str(pair.certificate),
        "/etc/ssl/registry.key": str(pair.key),
        "/etc/ssl/clients.crt": str(pair.certificate.with_name("authority.crt")),
        "127.0.0.1:5000": f"{HOST}:{upstream}",
    }
    for written, here in replaced.items():
        text = text.replace(written, here)
    assert "example.com" not in text
    assert "/etc/" not in text
    file = folder / "settings"
    file.write_text(AROUND[name].format(folder=folder, page=text))
    with _running(proxy, file):
        yield proxy


@contextlib.contextmanager
def _running(proxy: Proxy, file: Path) -> Iterator[None]:
    arguments = {
        "nginx": ["-p", f"{proxy.folder}", "-c", f"{file}", "-g", "daemon off;"],
        "caddy": ["run", "--adapter", "caddyfile", "--config", f"{file}"],
    }
    log = proxy.folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [tool(PROGRAMS[proxy.name]), *arguments[proxy.name]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"HOME": str(proxy.folder), "PATH": "/usr/bin:/bin"},
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _listens(proxy.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{proxy.name} does not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
