"""Issuers on a network: whoever has no certificate for the name is not listened to."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from longshore.credentials import issuers
from longshore.registry.credentials import IdentityTokens
from tests.credentials.believing import NOW, refusal
from tests.credentials.issuer import AUDIENCE, DISCOVERY, Answer, Issuer


def certificate(folder: Path, address: str) -> Path:
    """A file with a key and its certificate for that address, which it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer of a test")])
    place = x509.IPAddress(ipaddress.ip_address(address))
    today = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{address}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(params=["127.0.0.1"])
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return certificate(tmp_path, request.param)


@pytest.fixture
def issuer(file: Path) -> Iterator[Issuer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with Issuer(lambda: NOW, tls) as issuer:
        yield issuer


@pytest.fixture
def trusted(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine trusts who signed the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    issuers._certificates.cache_clear()  # noqa: SLF001
    yield
    issuers._certificates.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("trusted")
async def test_an_issuer_that_is_trusted_is_asked(issuer: Issuer, tokens: IdentityTokens) -> None:
    await tokens.verify(issuer.token(), issuer.url, AUDIENCE, NOW)


async def test_an_issuer_that_signed_for_itself_is_not(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    assert "can not be reached" in await refusal(tokens, issuer.token(), issuer)
    assert issuer.fetches.total() == 0


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("file", ["127.0.0.2"], indirect=True)
async def test_an_issuer_of_another_name_is_not(issuer: Issuer, tokens: IdentityTokens) -> None:
    assert "can not be reached" in await refusal(tokens, issuer.token(), issuer)
    assert issuer.fetches.total() == 0


@pytest.mark.usefixtures("trusted")
async def test_an_issuer_on_a_network_can_not_send_to_this_machine(
    issuer: Issuer, tokens: IdentityTokens
) -> None:
    with Issuer(lambda: NOW) as inner:
        place = {"jwks_uri": f"{inner.url}/keys"}
        issuer.lie(DISCOVERY, Answer.of(issuer.discovery() | place))
        assert "on this machine" in await refusal(tokens, issuer.token(), issuer)
        assert inner.fetches.total() == 0


async def test_authorities_that_can_not_be_read_are_nobodys_failure_but_the_issuers(
    issuer: Issuer, tokens: IdentityTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    issuers._certificates.cache_clear()  # noqa: SLF001
    assert "can not be reached" in await refusal(tokens, issuer.token(), issuer)
