"""Durations as people write them: `30s`, `10m`, `1h30m`.

Decides the units, from milliseconds to days. A number without one is refused: whether it meant
seconds or minutes is not to be guessed.
"""

from __future__ import annotations

import re

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile("([0-9]{1,9})(ms|[dhms])")
_DURATION = re.compile(f"(?:{_PART.pattern})+")


def seconds(text: str) -> float:
    """How many seconds that is; raises ValueError."""
    if _DURATION.fullmatch(text) is None:
        raise ValueError("a duration is a number with its unit, such as 30s, 10m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def text(length: float) -> str:
    """How so many seconds are written; what is below a millisecond is not."""
    whole, thousandths = divmod(round(length * 1000), 1000)
    parts = ((whole, "s"), (thousandths, "ms"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
