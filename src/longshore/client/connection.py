"""Where a registry is, and the connections to it.

Decides that bytes go in the clear to this machine only, unless the host is named as insecure, and
that a certificate is checked unless there would have been none. An address is found by asking:
nothing in a name says whether a port of this machine speaks TLS.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import threading
from collections.abc import Callable
from functools import cached_property

import httpx

import longshore
from longshore.client.errors import Unreachable
from longshore.client.loopback import Loopback
from longshore.oci.image import DOCKER_HUB

TIMEOUTS = httpx.Timeout(60.0, connect=10.0)  # seconds without a byte
ATTEMPTS = 2  # to find a registry: who mistyped a name shall not wait for long
HUB_ADDRESS = "registry-1.docker.io"

PIECE = 256 * 1024  # bytes read at a time

_NUMBER = re.compile(r"^\[Errno -?\d+\] ")

# Nothing is ever to be packed on its way: the bytes are those of a digest.
_HEADERS = {"User-Agent": f"longshore/{longshore.__version__}", "Accept-Encoding": "identity"}


class Connection:
    """A pool of connections, which any thread may use.

    `greet` is called once, with the registry's reply to GET /v2/.
    """

    def __init__(
        self, host: str, greet: Callable[[httpx.Response], None], *, insecure: bool
    ) -> None:
        self.host = host
        self._greet = greet
        self._is_local = is_loopback(host)
        self._is_trusting = insecure or self._is_local
        self._lock = threading.Lock()
        self._base: httpx.URL | None = None

    @cached_property
    def http(self) -> httpx.Client:
        if not self._is_local:
            _read_large_pieces()
        return httpx.Client(
            headers=_HEADERS,
            timeout=TIMEOUTS,
            verify=False if self._is_trusting else ssl.create_default_context(),
            # As everywhere: no proxy is between a machine and itself.
            trust_env=not self._is_local,
            follow_redirects=True,
            event_hooks={"request": [self._check_scheme]},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            transport=Loopback() if self._is_local else None,
        )

    def close(self) -> None:
        if "http" in self.__dict__:
            self.http.close()

    def address(self, target: str) -> httpx.URL:
        """The whole address of a path below /v2/, or of what a reply named."""
        is_whole = target.startswith(("/", "http:", "https:"))
        return self.base.join(target if is_whole else f"/v2/{target}")

    def is_own(self, address: httpx.URL) -> bool:
        """Whether this is the registry itself, which may learn a login."""
        base = self.base
        return (address.scheme, address.netloc) == (base.scheme, base.netloc)

    @property
    def base(self) -> httpx.URL:
        """The registry's address without a path; raises Unreachable."""
        with self._lock:
            if self._base is None:
                self._base = self._find()
            return self._base

    def unreachable(self, problem: Exception) -> Unreachable:
        return Unreachable(f"{self.host}: {reason(problem)}")

    def _find(self) -> httpx.URL:
        name = HUB_ADDRESS if self.host == DOCKER_HUB else self.host
        if self._is_trusting:
            plain = httpx.URL(f"http://{name}")
            reply = self._ask_plainly(plain)
            if reply is not None:
                self._greet(reply)
                return plain
        encrypted = httpx.URL(f"https://{name}")
        self._greet(self._ask(encrypted))
        return encrypted

    def _ask_plainly(self, base: httpx.URL) -> httpx.Response | None:
        """None from a server that does encrypt: it redirects, refuses, or answers in no HTTP."""
        try:
            reply = self._ask(base)
        except Unreachable as problem:
            if isinstance(problem.__cause__, httpx.RemoteProtocolError):
                return None
            raise
        return None if reply.is_redirect or reply.status_code == httpx.codes.BAD_REQUEST else reply

    def _ask(self, base: httpx.URL) -> httpx.Response:
        for _ in range(ATTEMPTS - 1):
            try:
                return self.http.get(base.join("/v2/"), follow_redirects=False)
            except httpx.ConnectError as problem:
                raise self.unreachable(problem) from problem
            except httpx.TransportError:
                continue
        try:
            return self.http.get(base.join("/v2/"), follow_redirects=False)
        except httpx.TransportError as problem:
            raise self.unreachable(problem) from problem

    def _check_scheme(self, request: httpx.Request) -> None:
        """Called for every request, those that a redirect led to as well."""
        if request.url.scheme == "https" or self._is_trusting or is_loopback(request.url.host):
            return
        raise Unreachable(
            f"{self.host} leads to {request.url.host} over plain HTTP, which is used for this"
            f" machine only: --insecure {self.host} if you trust the network in between"
        )


def _read_large_pieces() -> None:
    """At 64 KiB, as it comes, a quarter of the time of a copy goes by between the pieces."""
    import httpcore

    httpcore.HTTP11Connection.READ_NUM_BYTES = PIECE


def reason(problem: Exception) -> str:
    """Why there is no answer, without the system's number for it, which says nothing to people."""
    text = str(problem) or type(problem).__name__
    words = _NUMBER.sub("", text)
    if isinstance(problem, httpx.ConnectError) and words != text:
        return f"{words}; is the address right, and does a registry serve there?"
    return words


def is_loopback(host: str) -> bool:
    """Whether a host, with a port or without, is this machine."""
    name = httpx.URL(f"//{host}").host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
