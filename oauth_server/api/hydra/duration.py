"""Ory Hydra's contract: lengths of time as Go writes them: `90m` comes in, `1h30m0s` goes out."""

import re

_PART = re.compile(r"(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


def parse(text: str) -> int:
    """Whole seconds. Raises `ValueError`."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("not a length of time such as 90m or 1h30m")
    seconds = int(sum(float(number) * _SECONDS[unit] for number, unit in parts))
    if not 0 < seconds < 2**31:
        raise ValueError("less than a second, or longer than a life")
    return seconds


def show(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
