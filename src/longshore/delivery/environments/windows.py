"""Windows: when an environment may change, by the clock on a wall somewhere.

Decides when changes are allowed, and when that is next. Times are those of a time zone: a window
from 02:30 is there on a night that has no 02:30 from the first minute after it, and twice on one
that has two. Knows no environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST = 20  # windows of an environment

_MIDNIGHT = 24 * 60  # minutes of a day
_DAY = "|".join(DAYS)
_TEXT = re.compile(
    rf"(?P<days>(?:{_DAY})(?:[-,](?:{_DAY}))*)?"
    r"(?:(?:^|(?<=.) )(?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Window:
    """When changes are allowed, or when they are not; one of the two.

    Written as `Mon-Thu 09:00-16:00`, `Sat,Sun`, or `22:00-06:00`, which ends on the next day.
    """

    allow: str = ""
    deny: str = ""
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if bool(self.allow) == bool(self.deny):
            raise ValueError("a window has either allow or deny")
        _ = self._days, self._span, self.zone

    @cached_property
    def zone(self) -> tzinfo:
        if self.tz == "UTC":
            return UTC
        try:
            return ZoneInfo(self.tz)
        except (OSError, ValueError, LookupError):
            raise ValueError(
                f"{self.tz[:80]} is no time zone that this machine knows: write one such as"
                " Europe/Paris"
            ) from None

    @cached_property
    def _days(self) -> frozenset[int]:
        named = self._matched.group("days")
        return frozenset(_days(named)) if named else frozenset(range(len(DAYS)))

    @cached_property
    def _span(self) -> tuple[int, int]:
        """Minutes of the day; the end is behind midnight where it is on the next day."""
        if self._matched.group("start") is None:
            return 0, _MIDNIGHT
        start, end = map(_minutes, self._matched.group("start", "end"))
        return start, end if end > start else end + _MIDNIGHT

    @property
    def _matched(self) -> re.Match[str]:
        text = self.allow or self.deny
        matched = _TEXT.fullmatch(text)
        if matched is None:
            raise ValueError(
                f"{text[:80]!r} is no window: write days, hours, or both, such as"
                " Mon-Thu 09:00-16:00"
            )
        return matched

    def contains(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        start, end = self._span
        if local.weekday() in self._days and start <= minute < end:
            return True
        return (local.weekday() - 1) % len(DAYS) in self._days and minute < end - _MIDNIGHT

    def edges(self, after: datetime) -> Iterator[datetime]:
        """Every moment of the next days at which it may begin or end."""
        for day in range(-1, len(DAYS) + 2):
            midnight = datetime.combine(after.astimezone(self.zone).date(), time())
            for minute in self._span:
                wall = midnight + timedelta(days=day, minutes=minute)
                for fold in (0, 1):
                    yield wall.replace(fold=fold, tzinfo=self.zone).astimezone(UTC)
        yield from _shifts(self.zone, after)


def is_open(windows: Sequence[Window], now: int) -> bool:
    """Whether changes are allowed at that time, in milliseconds; without windows they always are.

    What is denied is not allowed by another window.
    """
    return _is_open(windows, _moment(now))


def opens_at(windows: Sequence[Window], now: int) -> int | None:
    """The next time, in milliseconds, at which changes are allowed; None if they never are."""
    moment = _moment(now)
    if _is_open(windows, moment):
        return now
    edges = {edge for window in windows for edge in window.edges(moment) if edge > moment}
    found = (edge for edge in sorted(edges) if _is_open(windows, edge))
    opening = next(found, None)
    return None if opening is None else int(opening.timestamp()) * 1000


def _is_open(windows: Sequence[Window], moment: datetime) -> bool:
    if any(window.deny and window.contains(moment) for window in windows):
        return False
    allowed = [window for window in windows if window.allow]
    return not allowed or any(window.contains(moment) for window in allowed)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


def _minutes(text: str) -> int:
    """Raises ValueError; 24:00 is the end of a day."""
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > _MIDNIGHT:
        raise ValueError(f"{text} is no time of a day")
    return hours * 60 + minutes


def _days(text: str) -> Iterator[int]:
    for part in text.title().split(","):
        first, *last = (DAYS.index(day) for day in part.split("-"))
        if len(last) > 1:
            raise ValueError(f"{part}: days are written Mon-Thu, or Mon,Wed,Fri")
        length = (last[0] - first) % len(DAYS) if last else 0
        yield from ((first + step) % len(DAYS) for step in range(length + 1))


def _shifts(zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """When clocks are put forward or back in the next days, to the minute."""
    for day in range(len(DAYS) + 2):
        early, late = after + timedelta(days=day), after + timedelta(days=day + 1)
        before = early.astimezone(zone).utcoffset()
        if before == late.astimezone(zone).utcoffset():
            continue
        while late - early > timedelta(minutes=1):
            middle = early + (late - early) / 2
            is_before = middle.astimezone(zone).utcoffset() == before
            early, late = (middle, late) if is_before else (early, middle)
        yield late.replace(second=0, microsecond=0)
