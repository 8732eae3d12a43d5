"""Calls per second and CPU per call of the model layer against a server with 2 s +- 1 s latency: `make bench`."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_HELPERS = Path(__file__).parents[1] / "helpers"
_SERVER = _HELPERS / "server.py"
CALLS, IN_FLIGHT, LATENCY = 5000, 256, 2.0


@pytest.fixture
def url() -> Iterator[str]:
    command = [sys.executable, str(_SERVER), "--latency", str(LATENCY), "--jitter", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()


def _call(kind: str, url: str, calls: int, in_flight: int) -> dict[str, float]:
    command = [sys.executable, str(_HELPERS / "callers.py"), kind, url, str(calls), str(in_flight)]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def _waited(url: str) -> float:
    """Seconds that the server has waited for all calls so far, one after the other."""
    with urllib.request.urlopen(f"{url}/calls") as reply:
        return float(json.load(reply)["waited"])


def test_5000_calls_at_256_in_flight(benchmark: Any, url: str) -> None:
    """Bars: 90% of the ideal throughput, which is all latencies / 256; CPU a call at most 1.3 times the bare client's."""
    took = benchmark.pedantic(_call, args=("ours", url, CALLS, IN_FLIGHT), rounds=1)
    ideal = _waited(url) / IN_FLIGHT
    default = _call("bare", url, CALLS, IN_FLIGHT)
    aiohttp = _call("bare_aiohttp", url, CALLS, IN_FLIGHT)
    few = 20 * 32
    threads = _call("threads", url, few, 32)
    info = {
        "calls/s": round(CALLS / took["seconds"], 1),
        "share of the ideal": round(ideal / took["seconds"], 3),
        "share of the ideal, bare client": round(ideal / default["seconds"], 3),
        "CPU ms a call": round(1e3 * took["cpu"] / CALLS, 3),
        "CPU ratio to the bare client": round(took["cpu"] / default["cpu"], 2),
        "CPU ratio to the bare client over aiohttp": round(took["cpu"] / aiohttp["cpu"], 2),
        "calls/s of 32 threads": round(few / threads["seconds"], 1),
        "CPU ms a call of 32 threads": round(1e3 * threads["cpu"] / few, 3),
    }
    benchmark.extra_info.update(info)
    print(f"\n{CALLS:,} calls: {info}")
    assert took["seconds"] < ideal / 0.8  # far below the bar: something is broken, not slow
