"""Who a client is and what it asked for: forged words of strangers count for nothing."""

import ipaddress
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from longshore.api.origin import Origin, is_host, parse_address
from tests.api.wire import LOOK, PATIENCE, Wire
from tests.serving import Server

INNER, OUTER, CLIENT, FORGED = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.66"
TRUSTED = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "fd00::/8")))
ORIGIN = Origin(TRUSTED, fallback_host="127.0.0.1:5000")

Headers = list[tuple[str, str]]


def scope(peer: str | None, headers: Headers, scheme: str = "http") -> dict[str, Any]:
    """A request as the server hands it over."""
    return {
        "scheme": scheme,
        "client": (peer, "51000") if peer else None,
        "headers": [(key.lower().encode(), value.encode("latin-1")) for key, value in headers],
    }


def forwarded(*clients: str) -> Headers:
    return [("X-Forwarded-For", ", ".join(clients))]


ADDRESSES: list[tuple[str, Headers, str]] = [
    (CLIENT, [], CLIENT),
    (CLIENT, forwarded(FORGED), CLIENT),
    (CLIENT, [("Forwarded", f"for={FORGED}")], CLIENT),
    (INNER, [], INNER),
    (INNER, forwarded(CLIENT), CLIENT),
    (INNER, forwarded(FORGED, CLIENT), CLIENT),
    (INNER, forwarded(CLIENT, OUTER), CLIENT),
    (INNER, forwarded(FORGED, CLIENT, OUTER), CLIENT),
    (INNER, forwarded(FORGED, OUTER, CLIENT, OUTER), CLIENT),
    (INNER, forwarded(OUTER, "10.9.9.9"), OUTER),  # a client that is in a trusted network itself
    (INNER, [*forwarded(FORGED), *forwarded(CLIENT)], CLIENT),
    (INNER, forwarded(f"{CLIENT}:4711"), CLIENT),
    (INNER, forwarded("[2001:db8::7]:4711"), "2001:db8::7"),
    (INNER, forwarded("2001:db8::7"), "2001:db8::7"),
    (INNER, forwarded(f"::ffff:{CLIENT}"), CLIENT),
    (INNER, forwarded("unknown"), INNER),
    (INNER, forwarded(FORGED, "unknown"), INNER),
    (INNER, forwarded(FORGED, "fe80::1%eth0\t"), INNER),
    (INNER, forwarded(""), INNER),
    (INNER, [("Forwarded", f"for={CLIENT}")], CLIENT),
    (INNER, [("Forwarded", f'For="[2001:db8::7]:4711";proto=https, for={OUTER}')], "2001:db8::7"),
    (INNER, [("Forwarded", f"for={FORGED}"), ("Forwarded", f"for={CLIENT};by=_x")], CLIENT),
    (INNER, [("Forwarded", "for=_hidden")], INNER),
    (INNER, [("Forwarded", f"for={FORGED}, nonsense")], INNER),
    (INNER, [("Forwarded", f'for={FORGED}, for="{CLIENT}')], INNER),
    (INNER, [*forwarded(CLIENT), ("Forwarded", f"for={FORGED}")], CLIENT),
    ("fd00::1", forwarded(CLIENT), CLIENT),
    (f"::ffff:{INNER}", forwarded(CLIENT), CLIENT),
]


def test_the_address_is_the_last_one_that_a_trusted_proxy_tells() -> None:
    for peer, headers, address in ADDRESSES:
        assert ORIGIN.address(scope(peer, headers)) == address, (peer, headers)


def test_a_peer_without_an_address_is_unknown_and_not_trusted() -> None:
    assert ORIGIN.address(scope(None, forwarded(FORGED))) == "unknown"


HOST = ("Host", "inside:5000")
PROTO = ("X-Forwarded-Proto", "https")
NAME = ("X-Forwarded-Host", "registry.example.com")
BASE_URLS: list[tuple[str, Headers, str]] = [
    (CLIENT, [HOST], "http://inside:5000"),
    (CLIENT, [HOST, PROTO, NAME], "http://inside:5000"),
    (CLIENT, [HOST, ("Forwarded", "proto=https;host=evil.test")], "http://inside:5000"),
    (CLIENT, [], "http://127.0.0.1:5000"),
    (CLIENT, [("Host", "evil.test/path")], "http://127.0.0.1:5000"),
    (CLIENT, [("Host", 'evil" realm="x')], "http://127.0.0.1:5000"),
    (CLIENT, [("Host", "user@evil.test")], "http://127.0.0.1:5000"),
    (INNER, [HOST], "http://inside:5000"),
    (INNER, [HOST, PROTO], "https://inside:5000"),
    (INNER, [HOST, PROTO, NAME], "https://registry.example.com"),
    (INNER, [HOST, PROTO, NAME, *forwarded(CLIENT)], "https://registry.example.com"),
    (INNER, [HOST, PROTO, NAME, *forwarded(CLIENT, OUTER)], "https://registry.example.com"),
    (INNER, [HOST, ("X-Forwarded-Proto", "HTTPS")], "https://inside:5000"),
    (INNER, [HOST, ("X-Forwarded-Proto", "javascript")], "http://inside:5000"),
    (INNER, [HOST, ("X-Forwarded-Host", "a b")], "http://inside:5000"),
    # Of several values, the one that the proxy nearest to the client has added.
    (
        INNER,
        [HOST, ("X-Forwarded-Proto", "http, https"), *forwarded(CLIENT)],
        "https://inside:5000",
    ),
    (
        INNER,
        [HOST, ("X-Forwarded-Proto", "http,https,http"), *forwarded(FORGED, CLIENT, OUTER)],
        "https://inside:5000",
    ),
    (INNER, [HOST, ("Forwarded", f"for={CLIENT};proto=https;host=a.test")], "https://a.test"),
    (
        INNER,
        [HOST, ("Forwarded", f'for={FORGED};host=b.test, for={CLIENT};host="a.test:44"')],
        "http://a.test:44",
    ),
    (INNER, [HOST, PROTO, ("Forwarded", "proto=http;host=evil.test")], "https://inside:5000"),
]


def test_the_base_url_is_the_one_that_the_client_used() -> None:
    for peer, headers, url in BASE_URLS:
        assert ORIGIN.base_url(scope(peer, headers)) == url, (peer, headers)


def test_the_scheme_is_the_servers_own_where_nobody_says_another() -> None:
    assert ORIGIN.base_url(scope(CLIENT, [HOST], "https")) == "https://inside:5000"


def test_an_external_url_wins() -> None:
    origin = Origin(TRUSTED, "https://registry.example.com")
    for peer, headers, _ in BASE_URLS:
        assert origin.base_url(scope(peer, headers)) == "https://registry.example.com"


def test_without_trusted_proxies_no_header_counts() -> None:
    for peer, headers, _ in ADDRESSES:
        assert Origin().address(scope(peer, headers)) == str(parse_address(peer))
    for peer, headers, _ in BASE_URLS:
        named = [(key, value) for key, value in headers if key == "Host"]
        assert Origin().base_url(scope(peer, headers)) == Origin().base_url(scope(peer, named))


HOSTS = [
    "a",
    "a.b",
    "a_b",
    "localhost:1",
    "A.example.com:65535",
    "1.2.3.4",
    "[::1]",
    "[fd00::1]:80",
]
NO_HOSTS = [
    "", "-a", "a-", "a.", ":80", "a:", "a:0", "a:65536", "a:+1", "a b", "a/", "a@b", "a?", "a#",
    'a"', "a,b", "[::1", "::1", "[1.2.3.4]", "[::1]x", "[:::]", "a\n", "\xe4", "a" * 254,
]  # fmt: skip


def test_hosts() -> None:
    assert [text for text in HOSTS if not is_host(text)] == []


def test_what_is_no_host() -> None:
    assert [text for text in NO_HOSTS if is_host(text)] == []


words = st.sampled_from(
    [
        INNER,
        OUTER,
        CLIENT,
        FORGED,
        "for=",
        "proto=",
        "host=",
        "https",
        "a.test",
        *',;"\\ []:%\0\xff',
    ]
)
texts = st.lists(words, max_size=12).map("".join) | st.text(
    st.characters(max_codepoint=255), max_size=40
)
NAMES = ["Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"]
headers = st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=6)


@given(st.sampled_from([INNER, CLIENT, "::1", "garbage", None]), headers)
@example(INNER, [("Forwarded", 'for="' + "\\" * 60)])
def test_whatever_is_said_an_address_and_a_url_come_out(peer: str | None, said: Headers) -> None:
    asked = scope(peer, said)
    address = ORIGIN.address(asked)
    assert address == "unknown" or str(ipaddress.ip_address(address)) == address
    url = urlsplit(ORIGIN.base_url(asked))
    assert url.scheme in {"http", "https"}
    assert url.hostname
    assert url.username is None
    assert url.geturl() == f"{url.scheme}://{url.netloc}"
    assert not set(url.geturl()) & set('"\\ ,;<>')


@given(headers)
def test_a_stranger_can_not_say_who_it_is(said: Headers) -> None:
    named = [(key, value) for key, value in said if key == "Host"]
    assert ORIGIN.address(scope(CLIENT, said)) == CLIENT
    assert ORIGIN.base_url(scope(CLIENT, said)) == ORIGIN.base_url(scope(CLIENT, named))


@given(st.lists(texts.filter(lambda text: "," not in text), max_size=4))
def test_what_a_client_puts_before_a_trusted_proxys_word_counts_for_nothing(
    forged: list[str],
) -> None:
    asked = scope(INNER, forwarded(*forged, CLIENT))
    assert ORIGIN.address(asked) == CLIENT


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose proxies are on this machine."""
    folder: Path = tmp_path_factory.mktemp("behind")
    with Server(folder / "data", options=["--trusted-proxies", "127.0.0.1"]) as server:
        yield server


def test_the_log_tells_the_clients_address(behind: Server, server: Server) -> None:
    for each, address in ((behind, CLIENT), (server, "127.0.0.1")):
        reply = Wire(each.port).ask("DELETE", "/v2/a/manifests/v1", None, dict(forwarded(CLIENT)))
        line = logged(each, reply.header("X-Request-Id"))
        assert f'"address":"{address}"' in line


def logged(server: Server, request_id: str) -> str:
    """Wait for what the log tells of a request: it is written once the reply is sent."""
    deadline = time.monotonic() + PATIENCE
    while True:
        for line in server.log.read_text().splitlines():
            if f'"{request_id}"' in line:
                return line
        assert time.monotonic() < deadline
        time.sleep(LOOK)
