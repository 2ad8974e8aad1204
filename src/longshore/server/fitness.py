"""What certificate and key a server can be run with.

Decides by their content alone; whoever asks has read the files. A pair that passes here must not
fail in a worker, which could say no more than that it ended.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from longshore.server.config import ConfigurationError, Settings

_CURVES = (ec.SECP256R1, ec.SECP384R1)
_KEYS = "RSA of 2048 to 4096 bits, ECDSA over P-256 or P-384, or Ed25519"


class Files(NamedTuple):
    """What the files hold; `client_ca` is empty where no client needs a certificate."""

    certificate: bytes
    key: bytes
    client_ca: bytes

    def __repr__(self) -> str:
        return "Files(...)"  # a key is shown nowhere


class Fit(NamedTuple):
    """Files that the server can be run with, and when the certificate ends, since the epoch."""

    files: Files
    expires: int

    @property
    def remaining(self) -> float:
        """Seconds."""
        return self.expires - time.time()


def judge(settings: Settings, files: Files) -> Fit:
    """The files, if the server can be run with them; raises ConfigurationError."""
    [certificate, *_] = _certificates(settings.tls_cert, files.certificate)
    if settings.tls_client_ca is not None:
        _certificates(settings.tls_client_ca, files.client_ca)
    key = _public_key(settings.tls_key, files.key)
    if key != _encoded(certificate.public_key()):
        raise ConfigurationError(f"{settings.tls_key} is not the key of {settings.tls_cert}")
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = datetime.now(UTC)
    if now >= end:
        raise ConfigurationError(f"{settings.tls_cert} expired on {end:%Y-%m-%d %H:%M} UTC")
    if now < begin:
        raise ConfigurationError(f"{settings.tls_cert} begins on {begin:%Y-%m-%d %H:%M} UTC only")
    return Fit(files, int(end.timestamp()))


def _certificates(path: Path | None, content: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        raise ConfigurationError(f"{path} holds no certificate in PEM form") from None


def _public_key(path: Path | None, content: bytes) -> bytes:
    """The public half of a key that can be served with."""
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except TypeError:
        raise ConfigurationError(f"{path} needs a passphrase: store the key without one") from None
    except ValueError:
        raise ConfigurationError(f"{path} holds no private key in PEM form") from None
    is_known = (
        isinstance(key, ed25519.Ed25519PrivateKey)
        or (isinstance(key, rsa.RSAPrivateKey) and 2048 <= key.key_size <= 4096)
        or (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES))
    )
    if not is_known:
        raise ConfigurationError(f"{path} is of a kind that is not served: take {_KEYS}")
    return _encoded(key.public_key())


def _encoded(key: object) -> bytes:
    encode = key.public_bytes  # type: ignore[attr-defined]  # the library has no common class
    content: bytes = encode(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return content
