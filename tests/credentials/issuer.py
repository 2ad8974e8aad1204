"""A real OpenID Connect issuer on loopback, with keys of its own, that does as a test tells it.

Serves a discovery document and a set of keys, signs tokens, right and wrong ones, and counts what
it is asked. Any server under test can use it: `with Issuer() as issuer: … issuer.url …`.
"""

import base64
import contextlib
import functools
import json
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"
AUDIENCE = "longshore"
PATIENCE = 60.0  # seconds until whoever was to ask counts as hung
SUBJECT = "repo:acme/app:ref:refs/heads/main"

_TYPES: Mapping[str, Callable[[], Any]] = {
    "RSA": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
TYPE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"} | {
    f"{family}{bits}": "RSA" for family in ("RS", "PS") for bits in (256, 384, 512)
}
ALGORITHMS = sorted(TYPE_OF)


class SigningKey(NamedTuple):
    """A private key, and the id under which its public half is published."""

    id: str
    type: str
    private: Any

    def sign(self, algorithm: str, message: bytes) -> bytes:
        signature: bytes = get_default_algorithms()[algorithm].sign(message, self.private)
        return signature

    def public(self, **members: Any) -> dict[str, Any]:
        """The public key as a JWK, with members added or replaced."""
        algorithm = next(name for name, kind in TYPE_OF.items() if kind == self.type)
        algorithms = get_default_algorithms()
        jwk = algorithms[algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {**jwk, "kid": self.id, "use": "sig", **members}

    def pem(self) -> bytes:
        """The public key as it is written into a file."""
        key = self.private.public_key()
        pem: bytes = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem


@functools.cache
def signing_key(kind: str, generation: int) -> SigningKey:
    """A key of that type; made once for all tests, since RSA takes its time."""
    return SigningKey(f"{kind}-{generation}", kind, _TYPES[kind]())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(
    header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]
) -> str:
    """A token of these parts, whatever they are, without members that are None."""
    parts = (
        base64url(json.dumps({k: v for k, v in part.items() if v is not None}).encode())
        for part in (header, claims)
    )
    message = ".".join(parts)
    return f"{message}.{base64url(sign(message.encode()))}"


class Answer(NamedTuple):
    """What the issuer says to a GET."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, document: Any, **headers: str) -> "Answer":
        """A JSON document; `max_age="5"` and the like become directives of Cache-Control."""
        directives = ", ".join(f"{k.replace('_', '-')}={v}" for k, v in headers.items())
        named = (("Cache-Control", directives),) if directives else ()
        return cls(200, json.dumps(document).encode(), named)


class Issuer:
    """Serves while it is entered. `fetches` counts what it was asked, by path.

    `clock` tells in seconds when its tokens are issued. With `tls` it serves https.
    """

    def __init__(
        self, clock: Callable[[], float] = time.time, tls: ssl.SSLContext | None = None
    ) -> None:
        self._clock = clock
        self.fetches: Counter[str] = Counter()
        self.generation = 0
        self._lies: dict[str, Answer] = {}
        self._is_open = threading.Event()
        self._is_open.set()
        self._asked = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"https://{host}" if tls else f"http://{host}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def key(self, algorithm: str) -> SigningKey:
        """The present key that signs by this algorithm."""
        return signing_key(TYPE_OF[algorithm], self.generation)

    def token(
        self,
        *,
        alg: str = "RS256",
        key: SigningKey | None = None,
        headers: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token that is good for five minutes, unless it is told otherwise; None leaves out."""
        now = int(self._clock())
        told = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": SUBJECT,
            "repository": "acme/app",
            "ref": "refs/heads/main",
            "jti": uuid.uuid4().hex,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        }
        signer = key or self.key(alg)
        header = {"typ": "JWT", "alg": alg, "kid": signer.id, **(headers or {})}
        return compact(header, told | claims, lambda message: signer.sign(alg, message))

    def rotate(self) -> None:
        """Sign by new keys, and publish no others."""
        self.generation += 1

    def published(self) -> list[dict[str, Any]]:
        """What the set of keys has."""
        return [signing_key(kind, self.generation).public() for kind in _TYPES]

    def discovery(self) -> dict[str, Any]:
        return {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}"}

    def lie(self, path: str, answer: Answer) -> None:
        """Answer so from now on."""
        self._lies[path] = answer

    def fail(self) -> None:
        """Answer that it is broken."""
        for path in (DISCOVERY, KEYS):
            self.lie(path, Answer(503))

    def tell_the_truth(self) -> None:
        self._lies.clear()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let everybody wait for their answers."""
        self._is_open.clear()
        try:
            yield
        finally:
            self._is_open.set()

    def wait_until_asked(self, path: str, times: int) -> None:
        """Return once it was asked for that so often."""
        with self._asked:
            if not self._asked.wait_for(lambda: self.fetches[path] >= times, PATIENCE):
                raise RuntimeError(f"nobody asks for {path}: {self.fetches}")

    def _answer(self, path: str) -> Answer:
        with self._asked:
            self.fetches[path] += 1
            self._asked.notify_all()
        self._is_open.wait()
        truth = {
            DISCOVERY: Answer.of(self.discovery()),
            KEYS: Answer.of({"keys": self.published()}),
        }
        return self._lies.get(path) or truth.get(path) or Answer(404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer_to = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answer_to(self.path)
                with contextlib.suppress(ConnectionError):  # it may have been given up
                    self.send_response(answer.status)
                    for name, value in answer.headers:
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
