"""What is fit to be served with, and which files take its place while a server runs."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from structlog.testing import CapturingLogger

from longshore.server.certificates import Certificates
from longshore.server.config import ConfigurationError, Settings
from tests.authority import DAY, Authority, Pair, new_key, pem


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.issue()


def settings_of(pair: Pair, client_ca: Path | None = None) -> Settings:
    return Settings(tls_cert=pair.certificate, tls_key=pair.key, tls_client_ca=client_ca)


def opened(settings: Settings) -> tuple[Certificates, CapturingLogger]:
    """The certificates, and what is logged of them."""
    told = CapturingLogger()
    log = structlog.wrap_logger(
        told,
        processors=[structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.make_filtering_bound_logger(0),
    )
    return Certificates(settings, log), told


def refusal(settings: Settings) -> str:
    with pytest.raises(ConfigurationError) as refused:
        opened(settings)
    return str(refused.value)


def events(told: CapturingLogger) -> list[str]:
    return [f"{call.method_name}: {call.kwargs['msg']}" for call in told.calls]


def _rsa(p: int, q: int) -> rsa.RSAPrivateKey:
    """A key of known primes: to look for some that are so large takes many seconds."""
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    numbers = rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(e, p * q))
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


GOOD_KEYS: dict[str, Callable[[], object]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA 2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA 4096": lambda: rsa.generate_private_key(65537, 4096),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
BAD_KEYS: dict[str, Callable[[], object]] = {
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "RSA 1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505  refused here, too
    "RSA 4484": lambda: _rsa(2**2203 - 1, 2**2281 - 1),
    "DSA": lambda: dsa.generate_private_key(2048),
}


@pytest.mark.parametrize("kind", GOOD_KEYS)
def test_keys_that_are_served_with(kind: str, authority: Authority) -> None:
    pair = authority.issue(key=GOOD_KEYS[kind]())  # type: ignore[arg-type]
    certificates, told = opened(settings_of(pair))
    copies = certificates.copies()
    assert Path(copies.certificate).read_bytes() == pair.certificate.read_bytes()
    assert Path(copies.key).read_bytes() == pair.key.read_bytes()
    assert copies.client_ca is None
    assert events(told) == ["info: certificate"]


@pytest.mark.parametrize("kind", BAD_KEYS)
def test_keys_that_no_worker_could_serve_with(kind: str, authority: Authority) -> None:
    pair = authority.issue(key=BAD_KEYS[kind]())  # type: ignore[arg-type]
    told = refusal(settings_of(pair))
    assert told == (
        f"{pair.key} is of a kind that is not served: take RSA of 2048 to 4096 bits, ECDSA over "
        "P-256 or P-384, or Ed25519"
    )


def test_half_a_pair_is_refused(pair: Pair) -> None:
    for given, missing in (
        ({"tls_cert": pair.certificate}, "tls_key"),
        ({"tls_key": pair.key}, "tls_cert"),
        ({"tls_client_ca": pair.certificate}, "tls_cert"),
    ):
        told = refusal(Settings.model_validate(given))
        assert told == f"{missing} is missing: TLS needs both tls_cert and tls_key"


def test_files_that_are_not_what_they_should_be_are_named(pair: Pair, tmp_path: Path) -> None:
    nothing, empty, locked = tmp_path / "nothing", tmp_path / "empty", tmp_path / "locked"
    empty.touch()
    locked.write_bytes(pem(new_key(), b"passphrase"))
    for given, told in (
        ({"tls_cert": nothing}, f"{nothing}: No such file or directory"),
        ({"tls_key": tmp_path}, f"{tmp_path}: Is a directory"),
        ({"tls_cert": pair.key}, f"{pair.key} holds no certificate in PEM form"),
        ({"tls_key": pair.certificate}, f"{pair.certificate} holds no private key in PEM form"),
        ({"tls_key": empty}, f"{empty} holds no private key in PEM form"),
        ({"tls_key": locked}, f"{locked} needs a passphrase: store the key without one"),
        # An empty list of authorities must not mean that everybody may connect.
        ({"tls_client_ca": empty}, f"{empty} holds no certificate in PEM form"),
        ({"tls_client_ca": nothing}, f"{nothing}: No such file or directory"),
    ):
        assert refusal(settings_of(pair).model_copy(update=given)) == told


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    pair, other = authority.issue(), authority.issue("other")
    told = refusal(Settings(tls_cert=pair.certificate, tls_key=other.key))
    assert told == f"{other.key} is not the key of {pair.certificate}"


def test_a_certificate_whose_time_it_is_not_is_refused(authority: Authority) -> None:
    pair = authority.issue(ends_in=timedelta(seconds=-1))
    assert refusal(settings_of(pair)).startswith(f"{pair.certificate} expired on 2")
    pair = authority.issue(begins_in=DAY)
    assert refusal(settings_of(pair)).startswith(f"{pair.certificate} begins on 2")


def test_a_certificate_that_ends_soon_is_warned_of(authority: Authority) -> None:
    _, told = opened(settings_of(authority.issue(ends_in=15 * DAY)))
    assert events(told) == ["info: certificate"]
    _, told = opened(settings_of(authority.issue(ends_in=13 * DAY)))
    assert events(told) == [
        "info: certificate",
        "warning: the certificate ends soon: renew it",
    ]


def test_a_key_that_everybody_can_read_is_warned_of(pair: Pair) -> None:
    pair.key.chmod(0o644)
    _, told = opened(settings_of(pair))
    assert "warning: everybody on this machine can read the key" in events(told)
    pair.key.chmod(0o640)
    _, told = opened(settings_of(pair))
    assert events(told) == ["info: certificate"]


def test_a_key_is_not_shown(pair: Pair) -> None:
    certificates, told = opened(settings_of(pair))
    secret = pair.key.read_text().splitlines()[1]
    assert secret not in repr((certificates.fit, told.calls))


def test_a_new_pair_is_taken_once_it_is_complete(authority: Authority) -> None:
    pair = authority.issue()
    certificates, told = opened(settings_of(pair))
    assert not certificates.look()
    old = certificates.copies()
    new = authority.issue("new", ends_in=60 * DAY)
    new.certificate.replace(pair.certificate)
    assert not certificates.look()  # it may not be all
    new.key.replace(pair.key)
    assert not certificates.look()
    assert certificates.look()
    assert not certificates.look()
    assert events(told) == ["info: certificate"] * 2
    assert Path(certificates.copies().key).read_bytes() == pair.key.read_bytes()
    assert certificates.fit.remaining < 61 * 86400
    assert Path(old.key).read_bytes() != pair.key.read_bytes()  # for a worker that just starts


@pytest.mark.parametrize("fault", ["key", "garbage", "expired", "gone"])
def test_what_is_unfit_is_told_once_and_the_old_pair_stays(
    fault: str, authority: Authority
) -> None:
    pair = authority.issue()
    certificates, told = opened(settings_of(pair))
    served = Path(certificates.copies().certificate).read_bytes()
    if fault == "key":
        authority.issue("other").key.replace(pair.key)
    elif fault == "garbage":
        pair.certificate.write_text("garbage")
    elif fault == "expired":
        authority.issue("other", ends_in=timedelta(seconds=-1)).move_to(pair)
    else:
        pair.certificate.unlink()
    assert not any(certificates.look() for _ in range(4))
    assert events(told)[1:] == ["error: the new certificate is not served; the old one is"]
    assert str(pair.certificate) in told.calls[-1].kwargs["extra"]["problem"]
    assert Path(certificates.copies().certificate).read_bytes() == served
    authority.issue("mended").move_to(pair)
    assert [certificates.look() for _ in range(3)] == [False, True, False]


def test_authorities_of_clients_are_looked_at_too(authority: Authority, tmp_path: Path) -> None:
    clients, others = Authority(tmp_path / "clients"), Authority(tmp_path / "others")
    certificates, _ = opened(settings_of(authority.issue(), clients.file))
    before = certificates.copies().client_ca
    others.file.replace(clients.file)
    assert [certificates.look() for _ in range(3)] == [False, True, False]
    after = certificates.copies().client_ca
    assert before
    assert after
    assert Path(after).read_bytes() == clients.file.read_bytes() != Path(before).read_bytes()
