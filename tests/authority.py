"""A private certificate authority, and certificates of all kinds for the tests of TLS."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes as PrivateKey,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: PrivateKey, passphrase: bytes = b"") -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, in files."""

    certificate: Path
    key: Path

    def move_to(self, other: "Pair") -> None:
        """Take the place of another pair, one file after the other."""
        self.certificate.replace(other.certificate)
        self.key.replace(other.key)

    @property
    def der(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text())


@dataclass
class Authority:
    """What clients trust; its own certificate is in `file`.

    What it signs is for `localhost` and for `address`.
    """

    folder: Path
    name: str = "authority"
    address: str = "127.0.0.1"
    _key: PrivateKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(self._sign(self.name, self._key, (), DAY, is_authority=True))

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.crt"

    def issue(
        self,
        name: str = "localhost",
        *,
        key: PrivateKey | None = None,
        begins_in: timedelta = -DAY,
        ends_in: timedelta = 90 * DAY,
    ) -> Pair:
        """Sign a certificate for this machine, which as a client is called `name`."""
        key = key or new_key()
        made = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        made.certificate.write_bytes(self._sign(name, key, ("localhost",), ends_in, begins_in))
        made.key.touch(0o600)
        made.key.write_bytes(pem(key))
        return made

    def context(self, client: Pair | None = None) -> ssl.SSLContext:
        """How a client that trusts this authority, and no other, connects."""
        context = ssl.create_default_context(cafile=self.file)
        if client:
            context.load_cert_chain(client.certificate, client.key)
        return context

    def _sign(
        self,
        name: str,
        key: PrivateKey,
        hosts: Sequence[str],
        ends_in: timedelta,
        begins_in: timedelta = -DAY,
        *,
        is_authority: bool = False,
    ) -> bytes:
        now = datetime.now(UTC)
        names = [*map(x509.DNSName, hosts), x509.IPAddress(ip_address(self.address))]
        builder = (
            x509.CertificateBuilder()
            .subject_name(name_of(name))
            .issuer_name(name_of(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins_in)
            .not_valid_after(now + ends_in)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        algorithm = None if isinstance(self._key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(self._key, algorithm).public_bytes(serialization.Encoding.PEM)
