"""Numbers as people read them."""

from __future__ import annotations

import math
from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, or with all that stand before its point."""
    if not math.isfinite(value):
        return "none"
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """Return a share of one as whole percent."""
    return f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Return a time in its two largest units."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    for unit, name, below, small in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {small}" if rest else "")
    raise AssertionError(seconds)


def size(num_bytes: float) -> str:
    """Return an amount of memory in its largest unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.3g} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.3g} TB"


def moment(iso: str) -> str:
    """Return the date and the time of day of ISO 8601; empty of nothing."""
    time = datetime.fromisoformat(iso) if iso else None
    return f"{time.day} {time:%B %Y, %H:%M}" if time else ""
