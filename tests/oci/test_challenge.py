"""Challenges: what registries write into WWW-Authenticate, read as RFC 9110 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.challenge import Challenge, parse_challenges


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("", []),
        ("Basic", [("basic", {})]),
        ('Basic realm="a b"', [("basic", {"realm": "a b"})]),
        ('Basic realm=""', [("basic", {"realm": ""})]),
        (
            'Bearer realm="https://auth.test/token",service="reg",scope="repository:a:pull,push"',
            [
                (
                    "bearer",
                    {
                        "realm": "https://auth.test/token",
                        "service": "reg",
                        "scope": "repository:a:pull,push",
                    },
                )
            ],
        ),
        (
            'BEARER Realm = "r", error=insufficient_scope , Basic realm="b"',
            [("bearer", {"realm": "r", "error": "insufficient_scope"}), ("basic", {"realm": "b"})],
        ),
        (
            'Basic realm="b", Bearer realm="r"',
            [("basic", {"realm": "b"}), ("bearer", {"realm": "r"})],
        ),
        (r'Basic realm="a \"quoted\" word"', [("basic", {"realm": 'a "quoted" word'})]),
        ('realm="no scheme"', []),
        ('Bearer realm="never ends', [("bearer", {}), ("realm", {})]),
        ('Negotiate, Basic realm="b"', [("negotiate", {}), ("basic", {"realm": "b"})]),
    ],
)
def test_headers(header: str, challenges: list[tuple[str, dict[str, str]]]) -> None:
    assert parse_challenges(header) == [Challenge(*each) for each in challenges]


@given(st.text())
def test_any_header_can_be_read(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower()


@given(st.dictionaries(st.sampled_from(["realm", "service", "scope"]), st.text()))
def test_quoted_values_come_out_as_they_went_in(parameters: dict[str, str]) -> None:
    quoted = {
        name: value.replace("\\", r"\\").replace('"', r"\"") for name, value in parameters.items()
    }
    header = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in quoted.items())
    assert parse_challenges(header) == [Challenge("bearer", parameters)]
