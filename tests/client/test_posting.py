"""One POST: what its replies mean, what it may cost, and where it does not go."""

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.client import posting
from longshore.delivery.notifications.outbox import Undelivered
from tests.authority import Authority
from tests.processes import HOST, free_port
from tests.receivers import Answer, WebReceiver, web_receiver


async def post(url: str) -> str:
    return await posting.post(url, b"{}", {})


async def refusal(url: str) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        await post(url)
    return caught.value


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_success_is_success(receiver: WebReceiver, status: int) -> None:
    receiver.answer = lambda _: (status, {}, b"")
    assert await post(receiver.url) == str(status)


@pytest.mark.parametrize(
    ("status", "is_refusal"),
    [
        (302, True),
        (400, True),
        (404, True),
        (410, True),
        (500, True),
        (408, False),
        (429, False),
        (502, False),
        (503, False),
        (504, False),
    ],
)
async def test_who_has_no_time_has_not_refused(
    receiver: WebReceiver, status: int, is_refusal: bool
) -> None:
    receiver.answer = lambda _: (status, {}, b"no\r\n\x1b[2J thanks")
    problem = await refusal(receiver.url)
    assert problem.is_refusal is is_refusal
    assert problem.cause == f"it answers {status}"
    assert str(problem) == f"it answers {status}: no [2J thanks"


async def test_who_asks_to_wait_is_heard(receiver: WebReceiver) -> None:
    receiver.answer = lambda _: (503, {"Retry-After": "120"}, b"")
    assert (await refusal(receiver.url)).retry_after == 120.0
    receiver.answer = lambda _: (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, b"")
    assert (await refusal(receiver.url)).retry_after == 0.0
    receiver.answer = lambda _: (503, {"Retry-After": "soon"}, b"")
    assert (await refusal(receiver.url)).retry_after is None


async def test_no_redirect_is_followed(receiver: WebReceiver) -> None:
    with web_receiver() as elsewhere:
        receiver.answer = lambda _: (307, {"Location": elsewhere.url}, b"")
        assert (await refusal(receiver.url)).cause == "it answers 307"
        assert elsewhere.received == []


async def test_of_a_long_reply_the_beginning_is_read(receiver: WebReceiver) -> None:
    receiver.answer = lambda _: (200, {}, b"x" * (8 << 20))
    assert await post(receiver.url) == "200 " + "x" * posting.SHOWN


async def test_who_does_not_answer_is_given_up(
    receiver: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "PATIENCE", 0.2)
    done = threading.Event()

    def hang(_: object) -> Answer:
        done.wait()
        return 200, {}, b""

    receiver.answer = hang
    problem = await refusal(receiver.url)
    done.set()
    assert (problem.is_refusal, problem.cause[:22]) == (False, "there was no answer in")


async def test_who_is_not_there_has_not_refused() -> None:
    problem = await refusal(f"http://{HOST}:{free_port()}/hook?token=planted-token")
    assert (problem.is_refusal, problem.cause) == (False, "it can not be reached")
    assert "planted" not in str(problem)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def tls_receiver(authority: Authority) -> Iterator[WebReceiver]:
    pair = authority.issue("receiver")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with web_receiver(tls=context) as receiver:
        yield receiver


async def test_a_certificate_that_nobody_vouches_for_is_none(tls_receiver: WebReceiver) -> None:
    problem = await refusal(tls_receiver.url)
    assert "CERTIFICATE_VERIFY_FAILED" in str(problem)
    assert tls_receiver.received == []


async def test_a_certificate_of_an_authority_that_the_machine_trusts(
    tls_receiver: WebReceiver, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    posting._certificates.cache_clear()  # noqa: SLF001
    try:
        assert await post(tls_receiver.url) == "200 ok"
    finally:
        posting._certificates.cache_clear()  # noqa: SLF001
