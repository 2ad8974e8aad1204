"""Whom a client's certificate names, by the word of a proxy."""

import ipaddress

import pytest
from cryptography.x509 import Name, NameAttribute, RelativeDistinguishedName
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from longshore.api.messages import Message, Request
from longshore.api.origin import Origin
from longshore.api.subject import common_name

HEADER = b"x-client-cert-subject"
ORIGIN = Origin((ipaddress.ip_network("127.0.0.1"),), certificate_header=HEADER)

SUBJECTS = {
    "CN=alice": "alice",
    "CN=alice,OU=Builds,O=Acme,C=DE": "alice",
    "O=Acme,CN=alice": "alice",
    "CN=alice+OU=Builds,O=Acme": "alice",
    "emailAddress=alice@example.com,CN=alice": "alice",  # as nginx writes it
    "SERIALNUMBER=7,CN=alice,POSTALCODE=1": "alice",  # as Caddy does
    "1.2.3.4=#0c0161,CN=alice": "alice",
    r"CN=a\,CN\=admin,O=Acme": "a,CN=admin",
    r"CN=\C3\A4": "ä",
    # What could be read in two ways, or not at all, is nobody.
    "CN=alice,CN=admin": None,
    r"O=Acme\,CN=admin": None,
    "O=Acme": None,
    "CN=": None,
    "": None,
    "alice": None,
    "CN=alice, O=Acme": None,
    "/CN=alice": None,
    "CN=alice,": None,
    "CN=alice\\": None,
}


@pytest.mark.parametrize(("subject", "name"), SUBJECTS.items(), ids=ascii)
def test_common_names(subject: str, name: str | None) -> None:
    assert common_name(subject) == name


def attributes(oid: object) -> st.SearchStrategy[NameAttribute[str]]:
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
    return text.filter(lambda value: len(value.encode()) <= 64).map(
        lambda value: NameAttribute(oid, value)  # type: ignore[arg-type]
    )


@given(attributes(NameOID.COMMON_NAME), st.lists(attributes(NameOID.ORGANIZATION_NAME)))
def test_no_other_attribute_can_pose_as_the_name(
    name: NameAttribute[str], others: list[NameAttribute[str]]
) -> None:
    rest = [RelativeDistinguishedName([other]) for other in others]
    subject = Name([*rest, RelativeDistinguishedName([name])])
    assert common_name(subject.rfc4514_string()) in {name.value, None}
    assert common_name(Name(rest).rfc4514_string()) is None


@given(st.text())
def test_whatever_it_is_a_name_or_none_comes_out(subject: str) -> None:
    found = common_name(subject)
    assert found is None or found


def request(peer: str, *values: bytes, origin: Origin = ORIGIN) -> Request:
    async def receive() -> Message:
        raise AssertionError("nobody reads the body")

    headers = [(HEADER, value) for value in values]
    scope = {"method": "GET", "path": "/", "query_string": b"", "client": (peer, "1")}
    return Request({**scope, "headers": headers}, receive, origin)


def test_only_a_trusted_proxy_can_say_whom_a_certificate_names() -> None:
    assert request("127.0.0.1", b"CN=alice").certificate_name == "alice"
    assert request("127.0.0.2", b"CN=alice").certificate_name is None
    assert request("127.0.0.1", b"").certificate_name is None
    assert request("127.0.0.1").certificate_name is None
    assert request("127.0.0.1", b"CN=alice", b"CN=admin").certificate_name is None
    silent = Origin((ipaddress.ip_network("127.0.0.1"),))
    assert request("127.0.0.1", b"CN=alice", origin=silent).certificate_name is None
