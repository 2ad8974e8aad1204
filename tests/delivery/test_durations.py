"""Durations, read from text."""

import pytest

from longshore.delivery.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 30.0),
        ("10m", 600.0),
        ("1h30m", 5400.0),
        ("1d", 86400.0),
        ("250ms", 0.25),
        ("1m5s20ms", 65.02),
        ("0s", 0.0),
    ],
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "10", "s", "-1s", "1.5h", "10 m", "1w", "\u0661s", "1s\n"])
def test_a_number_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        seconds(text)
