"""What a new container has to show."""

import pytest

from longshore.delivery.rollouts.health import Check, Health, Probe


def test_any_success_will_do_unless_a_status_is_named() -> None:
    assert [status for status in (199, 200, 204, 299, 301, 500) if Probe().accepts(status)] == [
        200,
        204,
        299,
    ]
    assert [status for status in (200, 301, 401) if Probe(status=401).accepts(status)] == [401]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"path": "health"}, "begins with /"),
        ({"port": 0}, "1 to 65535"),
        ({"status": 42}, "100 to 599"),
        ({"timeout": 0}, "more than nothing"),
        ({"interval": -1}, "more than nothing"),
    ],
)
def test_what_is_no_request_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Probe(**fields)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    "fields", [{"interval": -1}, {"retries": -1}, {"is_disabled": True, "command": ("true",)}]
)
def test_what_is_no_check_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"negative|disabled"):
        Check(**fields)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    "fields", [{"deadline": 0}, {"watch": -1}, {"running": -1}, {"running": 61}]
)
def test_times_make_sense(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"deadline|negative"):
        Health(**fields)  # type: ignore[arg-type]  # on purpose
