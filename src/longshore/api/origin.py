"""Where a request comes from: who sent it, and by which address it reached this server.

Decides what is believed of what gateways say (RFC 7239, and the older `X-Forwarded-*`): a word
from a trusted proxy counts, and nobody else's. It must not know what the answers are used for.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNKNOWN = "unknown"  # the address of a client that has none

# A host and perhaps a port, as in a Host header (RFC 9110, 7.2): what a URL can be made of.
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
# A pair of Forwarded (RFC 7239, section 4), a token or a quoted string; a comma ends an element.
_PAIR = re.compile(
    r"""\s*(?P<name>[A-Za-z]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s",;]*))\s*"""
    r"(?P<end>[,;]|\Z)"
)


class _Hop(NamedTuple):
    """What one proxy says of the connection it was asked on; empty is what it does not say."""

    client: str = ""
    scheme: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Reads ASGI's scopes. `external_url` and `fallback_host` need no client to be believed.

    Of several trusted proxies in a row, the outermost one speaks for the client: the last one,
    read from the right, behind which no address is trusted any more.
    """

    trusted: Sequence[Network] = ()
    external_url: str | None = None
    fallback_host: str = "localhost"
    certificate_header: bytes = b""

    def address(self, scope: Mapping[str, Any]) -> str:
        """The client's IP address."""
        peer = _peer(scope)
        hop = self._outermost(scope, peer)
        given = parse_address(hop.client) if hop else None
        return str(given or peer or UNKNOWN)

    def base_url(self, scope: Mapping[str, Any]) -> str:
        """The scheme and the host by which the client reached this server; no path, no slash."""
        if self.external_url is not None:
            return self.external_url
        hop = self._outermost(scope, _peer(scope)) or _Hop()
        scheme = hop.scheme.lower()
        if scheme not in {"http", "https"}:
            scheme = scope["scheme"]
        hosts = (hop.host, _first(scope, b"host"))
        return f"{scheme}://{next(filter(is_host, hosts), self.fallback_host)}"

    def certificate_subject(self, scope: Mapping[str, Any]) -> str | None:
        """What a trusted proxy says of the client's certificate, which it has verified."""
        if not self.certificate_header or not self._trusts(_peer(scope)):
            return None
        given = _values(scope, self.certificate_header)
        return given[0] if len(given) == 1 and given[0] else None

    def _trusts(self, address: IPAddress | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)

    def _outermost(self, scope: Mapping[str, Any], peer: IPAddress | None) -> _Hop | None:
        """What the proxy nearest to the client says; None if the peer is not trusted at all."""
        if not self._trusts(peer):
            return None
        hops = _hops(scope)
        chosen = _Hop()
        for chosen in reversed(hops):
            if not self._trusts(parse_address(chosen.client)):
                break
        return chosen


def is_host(text: str) -> bool:
    """Whether it is a host, and perhaps a port, that a URL can be made of."""
    found = _HOST.fullmatch(text)
    if found is None or not 0 < int(found["port"] or 1) < 65536:
        return False
    try:
        return not found["ipv6"] or bool(ipaddress.IPv6Address(found["ipv6"]))
    except ValueError:
        return False


def parse_address(text: str) -> IPAddress | None:
    """An address, with or without brackets and port; None for `unknown` and the like.

    Nor is one with a zone (`fe80::1%any text`) taken: it means something to its sender only.
    """
    if "%" in text:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _peer(scope: Mapping[str, Any]) -> IPAddress | None:
    client = scope.get("client")
    return parse_address(client[0]) if client else None


def _values(scope: Mapping[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _first(scope: Mapping[str, Any], name: bytes) -> str:
    return next(iter(_values(scope, name)), "")


def _hops(scope: Mapping[str, Any]) -> list[_Hop]:
    """What the proxies say, the nearest one last.

    One that writes `X-Forwarded-*` lets a client's own `Forwarded` pass as a rule: so that
    counts only where nothing else is said.
    """
    clients = _listed(scope, b"x-forwarded-for")
    schemes = _listed(scope, b"x-forwarded-proto")
    hosts = _listed(scope, b"x-forwarded-host")
    count = max(len(clients), bool(schemes or hosts))
    if not count:
        return _parse_forwarded(",".join(_values(scope, b"forwarded")))
    columns = (_from_the_right(values, count) for values in (clients, schemes, hosts))
    return [_Hop(*each) for each in zip(*columns, strict=True)]


def _listed(scope: Mapping[str, Any], name: bytes) -> list[str]:
    """The entries of a list that may go over several headers (RFC 9110, 5.3)."""
    joined = ",".join(_values(scope, name))
    return [entry.strip() for entry in joined.split(",")] if joined else []


def _from_the_right(values: list[str], count: int) -> list[str]:
    """As many as there are hops. A proxy that replaces a value speaks for those before it."""
    missing = count - len(values)
    return values[:1] * missing + values[-count:] if values else [""] * count


def _parse_forwarded(text: str) -> list[_Hop]:
    """The elements of a Forwarded header; none at all if any of it is not understood."""
    hops: list[_Hop] = []
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _PAIR.match(text, position)
        if found is None:
            return []
        quoted = found["quoted"]
        value = found["token"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        pairs[found["name"].lower()] = value
        if found["end"] != ";":
            hops.append(_Hop(pairs.get("for", ""), pairs.get("proto", ""), pairs.get("host", "")))
            pairs = {}
        position = found.end()
    return hops
