"""Mail by SMTP (RFC 5321), through a server that the settings name.

Decides what a message looks like as mail, and what a server's replies mean. Blocks: to be called
in a thread.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Literal

from longshore.delivery.notifications.events import Message, sentence
from longshore.delivery.notifications.outbox import Undelivered

PATIENCE = 10.0  # seconds for each reply
SUBJECT_LIMIT = 200  # characters

Encryption = Literal["starttls", "tls", "none"]

_LINES = (
    "environment",
    "host",
    "repository",
    "tag",
    "digest",
    "former",
    "revision",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Server:
    """What takes mail. The file with the password is read each time, since it may change."""

    host: str
    port: int
    sender: str
    encryption: Encryption = "starttls"
    user: str = ""
    password_file: Path | None = None


def send(server: Server, recipient: str, message: Message) -> str:
    """Answers what became of it; raises Undelivered."""
    letter = _letter(server, recipient, message)
    try:
        with _connect(server) as smtp:
            _log_in(server, smtp)
            smtp.send_message(letter)
    except smtplib.SMTPRecipientsRefused as problem:
        [(code, _)] = problem.recipients.values()
        raise Undelivered(f"the mail server answers {code}", is_refusal=code >= 500) from None
    except smtplib.SMTPAuthenticationError as problem:
        cause = f"the mail server answers {problem.smtp_code} to the login"
        raise Undelivered(cause) from None
    except smtplib.SMTPResponseException as problem:
        code = problem.smtp_code
        raise Undelivered(f"the mail server answers {code}", is_refusal=code >= 500) from None
    except smtplib.SMTPNotSupportedError:
        raise Undelivered(
            "the mail server does not offer what smtp_tls and smtp_user ask for"
        ) from None
    except (smtplib.SMTPException, OSError):
        raise Undelivered("the mail server can not be reached") from None
    return "the mail server has taken it"


def _connect(server: Server) -> smtplib.SMTP:
    domain = _domain(server.sender)
    if server.encryption == "tls":
        trusted = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, domain, timeout=PATIENCE, context=trusted)
    smtp = smtplib.SMTP(server.host, server.port, domain, timeout=PATIENCE)
    if server.encryption == "starttls":
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp


def _log_in(server: Server, smtp: smtplib.SMTP) -> None:
    if server.user:
        smtp.login(server.user, _password(server))


def _password(server: Server) -> str:
    try:
        return Path(server.password_file or "").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Undelivered("the file that smtp_password_file names can not be read") from None


def _letter(server: Server, recipient: str, message: Message) -> EmailMessage:
    letter = EmailMessage()
    told = sentence(message)
    letter["Subject"] = f"[Longshore] {told}"[:SUBJECT_LIMIT]
    letter["From"] = server.sender
    letter["To"] = recipient
    at = datetime.fromtimestamp(message.at / 1000, UTC)
    letter["Date"] = format_datetime(at)
    # The same each time, by which a mailbox knows what it has already.
    letter["Message-ID"] = f"<{message.id}@{_domain(server.sender)}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers that he is away
    event = message.event._asdict()
    lines = [f"{name}: {event[name]}" for name in _LINES if event[name]]
    lines += [f"by: {message.actor}", f"at: {at:%Y-%m-%d %H:%M:%S} UTC", f"event: {message.id}"]
    # Seven bits, which every server takes.
    letter.set_content("\n".join([told, "", *lines, ""]), cte="quoted-printable")
    return letter


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
