"""Mail, as a mail server gets it, and what its replies mean."""

import email
import email.policy
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.client import mail
from longshore.client.mail import Encryption, Server
from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.delivery.notifications.outbox import Undelivered
from tests.authority import Authority
from tests.leaks import PLANTED
from tests.processes import HOST, free_port
from tests.receivers import MailReceiver

PASSWORD = f"{PLANTED}-mail"
SENDER, RECIPIENT = "longshore@example.com", "ops@example.org"
EVENT = Event(Kind.TAG_MOVED, "team/app", "1.0", "sha256:aa", reason="büro\r\nBcc: a@b\n.\n")
MESSAGE = Message("0123", 1_700_000_000_000, "alice", EVENT)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server that this machine trusts."""
    authority = Authority(tmp_path)
    pair = authority.issue("mail")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def server(port: int, encryption: Encryption = "none", password: Path | None = None) -> Server:
    return Server(HOST, port, SENDER, encryption, "longshore" if password else "", password)


def refusal(server: Server) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        mail.send(server, RECIPIENT, MESSAGE)
    return caught.value


def test_a_message_is_a_letter_that_says_all_of_it(receiver: MailReceiver) -> None:
    mail.send(server(receiver.port), RECIPIENT, MESSAGE)
    [received] = receiver.received
    assert (received.sender, received.recipients) == (SENDER, [RECIPIENT])
    letter = email.message_from_string(received.content, policy=email.policy.default)
    told = "team/app:1.0 (sha256:aa) is new: büro Bcc: a@b . (by alice)"
    assert letter["Subject"] == f"[Longshore] {told}"
    assert (letter["From"], letter["To"], letter["Bcc"]) == (SENDER, RECIPIENT, None)
    assert letter["Message-ID"] == "<0123@example.com>"
    assert letter["Date"].datetime.timestamp() == 1_700_000_000
    assert letter["Auto-Submitted"] == "auto-generated"
    lines = letter.get_content().splitlines()
    assert lines[:5] == [told, "", "repository: team/app", "tag: 1.0", "digest: sha256:aa"]
    assert lines[-3:] == ["by: alice", "at: 2023-11-14 22:13:20 UTC", "event: 0123"]


@pytest.mark.parametrize(("encryption", "is_implicit"), [("starttls", False), ("tls", True)])
def test_a_login_goes_through_tls(
    tls: ssl.SSLContext, password: Path, encryption: Encryption, is_implicit: bool
) -> None:
    with MailReceiver(tls, is_implicit=is_implicit) as receiver:
        mail.send(server(receiver.port, encryption, password), RECIPIENT, MESSAGE)
    [received] = receiver.received
    assert received.login == ("longshore", PASSWORD)
    assert received.is_encrypted


def test_nothing_is_sent_where_encryption_was_asked_for_and_is_not_offered(
    receiver: MailReceiver,
) -> None:
    assert "smtp_tls" in str(refusal(server(receiver.port, "starttls")))
    assert receiver.received == []


def test_a_certificate_that_nobody_vouches_for_is_none(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with MailReceiver(tls) as receiver:
        assert "can not be reached" in str(refusal(server(receiver.port, "starttls")))
    assert receiver.received == []


def test_a_password_that_can_not_be_read_is_told(receiver: MailReceiver, tmp_path: Path) -> None:
    refused = refusal(server(receiver.port, "none", tmp_path / "missing"))
    assert "smtp_password_file" in str(refused)


@pytest.mark.parametrize(
    ("command", "reply", "is_refusal"),
    [
        ("RCPT", "550 no such mailbox", True),
        ("RCPT", "450 not now", False),
        ("MAIL", "553 not from you", True),
        ("MAIL", "451 not now", False),
        ("DATA", "554 no", True),
        ("AUTH", "535 wrong", False),
    ],
)
def test_who_has_no_time_has_not_refused(
    receiver: MailReceiver, password: Path, command: str, reply: str, is_refusal: bool
) -> None:
    receiver.replies[command] = reply
    problem = refusal(server(receiver.port, "none", password))
    assert problem.is_refusal is is_refusal
    assert f"the mail server answers {reply[:3]}" in str(problem)
    assert PASSWORD not in str(problem)


def test_who_is_not_there_has_not_refused() -> None:
    problem = refusal(server(free_port()))
    assert (problem.is_refusal, str(problem)) == (False, "the mail server can not be reached")
