"""The pace of calls to a server: adaptive concurrency, rates per minute, and waits before a retry."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time

_SHRINK = 0.7  # factor of the limit on a sign of overload
_RISE = 3.0  # a round that takes this many times longer per token than the best one is a sign of overload
_PREFILL = 50  # the time to the first token, in tokens


class Concurrency:
    """A limit of calls in flight, with additive increase and multiplicative decrease as in TCP.

    A round of successful calls raises it by one; 429, a missed deadline or much slower answers cut it. It begins at the
    highest value, so that a server that can take it is busy from the first second on.
    """

    def __init__(self, highest: int) -> None:
        self.highest = highest
        self.limit = float(highest)
        self.in_flight = 0
        self._cut_at = 0.0
        self._best: float | None = None
        self._round = 0.0
        self._calls = 0

    @property
    def free(self) -> bool:
        return self.in_flight < max(1, int(self.limit))

    def well(self, began: float, tokens: int) -> None:
        """Notes a successful call: when it began (monotonic seconds) and its completion tokens."""
        if self.in_flight >= int(self.limit) - 1:
            self.limit = min(float(self.highest), self.limit + 1 / self.limit)
        self._round += (time.monotonic() - began) / (_PREFILL + tokens)
        self._calls += 1
        if self._calls >= max(16, int(self.limit)):
            mean = self._round / self._calls
            self._round, self._calls = 0.0, 0
            if self._best is not None and mean > _RISE * self._best:
                self.overload(began)
            # the best round is forgotten slowly, since a server may become slower for good
            self._best = mean if self._best is None else min(mean, self._best * 1.02)

    def overload(self, began: float) -> None:
        """Cuts the limit, only once for all calls that were in flight at the last cut."""
        if began >= self._cut_at:
            self.limit = max(1.0, self.limit * _SHRINK)
            self._cut_at = time.monotonic()


class PerMinute:
    """A token bucket: at most `units` in any minute, spread evenly. It holds the units of two seconds."""

    def __init__(self, units: int) -> None:
        self._rate = units / 60
        self._capacity = max(1.0, self._rate * 2)
        self._units = self._capacity
        self._at = time.monotonic()

    async def take(self, units: float) -> None:
        """Waits until the bucket is not in debt, then takes the units. Later calls wait for the debt of a large one."""
        if not self._rate:
            return
        self._refill()
        while self._units <= 0:
            await asyncio.sleep(-self._units / self._rate + 0.001)
            self._refill()
        self._units -= units

    def correct(self, units: float) -> None:
        """Takes the units that a call used beyond its estimate; negative: gives them back."""
        self._units = min(self._capacity, self._units - units)

    def _refill(self) -> None:
        now = time.monotonic()
        self._units = min(self._capacity, self._units + (now - self._at) * self._rate)
        self._at = now


def backoff(attempt: int, longest: float = 30.0) -> float:
    """Seconds before retry number `attempt` (from 0), with full jitter: uniform from 0 to a bound that doubles."""
    return random.uniform(0, min(longest, 0.5 * 2**attempt))


def retry_after(value: str | None) -> float:
    """Seconds of a Retry-After header (a number or a date); 0 for a missing or unusable one."""
    if not value:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        date = email.utils.parsedate_tz(value)
        seconds = email.utils.mktime_tz(date) - time.time() if date else 0.0
    return min(max(0.0, seconds), 3600.0) if seconds == seconds else 0.0
