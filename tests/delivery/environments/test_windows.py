"""When an environment may change: by days and hours of a place, also on nights with a shift."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.environments.windows import DAYS, Window, is_open, opens_at

PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")


def at(text: str, zone: tzinfo = UTC, fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
    return int(moment.timestamp()) * 1000


def opening(now: int, *windows: Window) -> str | None:
    found = opens_at(windows, now)
    return None if found is None else f"{datetime.fromtimestamp(found / 1000, UTC):%a %d %H:%M}"


OFFICE = Window(allow="Mon-Thu 09:00-16:00", tz="Europe/Paris")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 09:00", True),  # a Monday
        ("2026-11-23 08:59:59", False),
        ("2026-11-26 15:59:59", True),
        ("2026-11-26 16:00", False),
        ("2026-11-27 12:00", False),  # a Friday
        ("2026-07-20 09:00", True),  # in summer, too, it is nine on the wall
    ],
)
def test_a_window_is_open_by_the_clock_of_its_place(moment: str, expected: bool) -> None:
    assert is_open([OFFICE], at(moment, PARIS)) is expected


def test_without_windows_it_is_always_open() -> None:
    assert is_open([], 0)
    assert opens_at([], 5) == 5


def test_what_is_denied_is_not_allowed_by_another() -> None:
    lunch = Window(deny="12:00-13:00", tz="Europe/Paris")
    assert not is_open([OFFICE, lunch], at("2026-11-23 12:30", PARIS))
    assert is_open([OFFICE, lunch], at("2026-11-23 13:00", PARIS))
    assert opening(at("2026-11-23 12:30", PARIS), OFFICE, lunch) == "Mon 23 12:00"
    assert is_open([lunch], at("2026-11-28 11:00", PARIS)), "nothing else is denied"


def test_a_window_may_end_on_the_next_day() -> None:
    night = Window(allow="Fri 22:00-06:00")
    expected = {"27 21:59": False, "27 22:00": True, "28 05:59": True, "28 06:00": False}
    assert {day: is_open([night], at(f"2026-11-{day}")) for day in expected} == expected
    assert not is_open([night], at("2026-11-27 05:00")), "it began on no Thursday"


@pytest.mark.parametrize(
    ("text", "open_days"),
    [
        ("Sat,Sun", "Sat Sun"),
        ("Fri-Mon", "Fri Sat Sun Mon"),
        ("mon,wed-thu", "Mon Wed Thu"),
        ("00:00-24:00", " ".join(DAYS)),
        ("12:00-12:00", " ".join(DAYS)),  # from noon to noon
    ],
)
def test_days_are_named_one_by_one_or_from_to(text: str, open_days: str) -> None:
    window = Window(allow=text)
    week = [at(f"2026-11-{day} 12:00") for day in range(23, 30)]
    found = {day for day, noon in zip(DAYS, week, strict=True) if is_open([window], noon)}
    assert found == set(open_days.split())


def test_it_is_told_when_the_next_one_opens() -> None:
    friday = at("2026-11-27 12:00", PARIS)
    assert opening(friday, OFFICE) == "Mon 30 08:00"
    assert opening(friday, Window(deny="Fri-Sun")) == "Mon 30 00:00"
    assert opening(friday, Window(deny="Mon-Sun")) is None
    assert opening(friday, OFFICE, Window(allow="18:00-19:00")) == "Fri 27 18:00"


def test_a_window_is_there_on_a_night_that_lacks_its_beginning() -> None:
    """In Paris, 29 March 2026 has no 02:30: after 01:59 comes 03:00."""
    window = Window(allow="02:30-05:00", tz="Europe/Paris")
    before = at("2026-03-29 01:59", PARIS)
    assert not is_open([window], before)
    assert opening(before, window) == "Sun 29 01:00"
    assert is_open([window], at("2026-03-29 03:00", PARIS))
    assert opening(at("2026-03-29 05:00", PARIS), window) == "Mon 30 00:30"


def test_a_window_that_a_night_lacks_is_not_there() -> None:
    """In New York, 8 March 2026 has nothing between 02:00 and 03:00."""
    window = Window(allow="02:10-02:50", tz="America/New_York")
    assert opening(at("2026-03-08 01:59", NEW_YORK), window) == "Mon 09 06:10"


def test_a_window_is_there_twice_on_a_night_that_has_it_twice() -> None:
    """In Paris, on 25 October 2026, the hour from 02:00 comes twice."""
    window = Window(allow="01:30-02:30", tz="Europe/Paris")
    between = at("2026-10-25 02:45", PARIS, fold=0)
    assert not is_open([window], between)
    assert opening(between, window) == "Sun 25 01:00"
    assert is_open([window], at("2026-10-25 02:15", PARIS, fold=1))
    assert not is_open([window], at("2026-10-25 02:30", PARIS, fold=1))


some_zones = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe"])
some_times = st.tuples(st.integers(0, 23), st.sampled_from([0, 10, 30, 45])).map(
    lambda time: f"{time[0]:02}:{time[1]:02}"
)
some_windows = st.builds(
    lambda is_denied, day, start, end, zone: Window(
        **{"deny" if is_denied else "allow": f"{day} {start}-{end}".strip()}, tz=zone
    ),
    st.booleans(),
    st.sampled_from(["", *DAYS, "Sat-Tue"]),
    some_times,
    some_times,
    some_zones,
)


@given(
    windows=st.lists(some_windows, min_size=1, max_size=3),
    start=st.sampled_from(["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24"]),
    minutes=st.integers(0, 3 * 24 * 60),
)
def test_nothing_opens_before_it_is_told(windows: list[Window], start: str, minutes: int) -> None:
    """Minute by minute, around every shift of the clocks."""
    now = at(start) + minutes * 60_000
    told = opens_at(windows, now)
    limit = min(told if told is not None else now + 48 * 3600_000, now + 48 * 3600_000)
    assert not any(is_open(windows, moment) for moment in range(now, limit, 60_000))
    assert told is None or is_open(windows, told)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({}, "either allow or deny"),
        ({"allow": "Mon", "deny": "Tue"}, "either allow or deny"),
        ({"allow": "Monday"}, "no window"),
        ({"allow": "Mon 9-16"}, "no window"),
        ({"allow": "Mon09:00-16:00"}, "no window"),
        ({"allow": " 09:00-16:00"}, "no window"),
        ({"allow": "Mon-Tue-Wed"}, "written Mon-Thu"),
        ({"allow": "09:00-24:30"}, "24:30 is no time of a day"),
        ({"allow": "09:60-12:00"}, "09:60 is no time of a day"),
        ({"allow": "Mon", "tz": "Europe/Atlantis"}, "no time zone"),
        ({"allow": "Mon", "tz": "../etc/passwd"}, "no time zone"),
        ({"allow": "Mon", "tz": ""}, "no time zone"),
    ],
)
def test_what_is_no_window_is_refused(given_: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Window(**given_)


def test_an_opening_is_at_most_a_week_away_and_found_from_any_second() -> None:
    now = at("2026-11-26 16:00:31", PARIS)
    found = opens_at([OFFICE], now)
    assert found == at("2026-11-30 09:00", PARIS)
    assert found - now < timedelta(days=7) / timedelta(milliseconds=1)
