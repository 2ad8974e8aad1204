"""Metrics in Prometheus' format: requests of every worker, and what the database counts.

Decides names, labels and buckets. Counting a request is a few additions to plain numbers, since
it happens to every pull; the families of the format are made when somebody asks.
"""

from __future__ import annotations

import bisect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0)

# Totals of the database, and what each of them is.
GAUGES = {
    "repositories": "Repositories that hold content.",
    "manifests": "Manifests.",
    "tags": "Tags.",
    "blobs": "Blobs.",
    "blob_bytes": "Bytes of all blobs, each counted once.",
    "uploads": "Uploads that were begun and not ended.",
    "garbage_queue": "Content that the collector has yet to look at.",
    "discarded_bytes": "Bytes that are no longer referenced and wait to be unlinked.",
    "trash": "Deleted manifests that can still be restored.",
    "available_bytes": "Bytes that may still be written to the disk.",
    "collector_last_run_seconds": "When the collector last finished a pass, since the epoch.",
    "fsck_last_run_seconds": "When everything was last checked, since the epoch.",
    "fsck_findings": "What that check found and could not mend.",
}
COUNTERS = {
    "collected_manifests": "Manifests that the collector removed.",
    "collected_blobs": "Blobs that the collector removed from repositories.",
    "collected_bytes": "Bytes that the collector discarded.",
    "stray_files": "Files of pushes that ended before their row, removed.",
    "expired_uploads": "Uploads that were given up after their time.",
}

# Told only where there is one: an end in 1970 would be a false alarm.
CERTIFICATE_EXPIRY = "tls_certificate_expiry_seconds"


class Series(msgspec.Struct, array_like=True):
    """Requests of one route, method and status."""

    count: int
    seconds: float
    received: int
    sent: int
    buckets: list[int]

    def add(self, other: Series) -> None:
        self.count += other.count
        self.seconds += other.seconds
        self.received += other.received
        self.sent += other.sent
        self.buckets = [a + b for a, b in zip(self.buckets, other.buckets, strict=True)]


def _empty() -> Series:
    return Series(0, 0.0, 0, 0, [0] * (len(BUCKETS) + 1))


class Metrics:
    """Requests of this process; `others` yields the snapshots of its fellow workers."""

    def __init__(self, others: Callable[[], Iterable[bytes]] = tuple) -> None:
        self._series: dict[str, Series] = {}
        self._others = others
        self._started = time.time()

    def count(
        self, route: str, method: str, status: int, seconds: float, received: int, sent: int
    ) -> None:
        key = f"{route} {method} {status}"
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _empty()
        series.count += 1
        series.seconds += seconds
        series.received += received
        series.sent += sent
        series.buckets[bisect.bisect_left(BUCKETS, seconds)] += 1

    def snapshot(self) -> bytes:
        return msgspec.json.encode(self._series)

    def exposition(self, totals: Mapping[str, float]) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(self._sum(), totals))
        return generate_latest(registry)

    def _sum(self) -> dict[str, Series]:
        added: dict[str, Series] = {}
        for snapshot in (self.snapshot(), *self._others()):
            for key, series in msgspec.json.decode(snapshot, type=dict[str, Series]).items():
                added.setdefault(key, _empty()).add(series)
        return added


class _Families:
    def __init__(self, series: dict[str, Series], totals: Mapping[str, float]) -> None:
        self._series = sorted(series.items())
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        for name, text in GAUGES.items():
            yield GaugeMetricFamily(f"longshore_{name}", text, self._totals.get(name, 0))
        if CERTIFICATE_EXPIRY in self._totals:
            text = "When the server's certificate ends, since the epoch."
            value = self._totals[CERTIFICATE_EXPIRY]
            yield GaugeMetricFamily(f"longshore_{CERTIFICATE_EXPIRY}", text, value)
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"longshore_{name}", text, self._totals.get(name, 0))

    def _requests(self) -> Iterator[Metric]:
        labels = ["route", "method", "status"]
        seconds = HistogramMetricFamily(
            "longshore_request_seconds", "Time until the reply was handed over.", labels=labels
        )
        received = CounterMetricFamily(
            "longshore_received_bytes", "Bytes of request bodies.", labels=labels
        )
        sent = CounterMetricFamily("longshore_sent_bytes", "Bytes of reply bodies.", labels=labels)
        for key, series in self._series:
            values = key.split(" ")
            seconds.add_metric(values, list(_cumulative(series.buckets)), series.seconds)
            received.add_metric(values, series.received)
            sent.add_metric(values, series.sent)
        yield from (seconds, received, sent)


def _cumulative(buckets: list[int]) -> Iterator[tuple[str, float]]:
    running = 0
    for bound, count in zip([*map(str, BUCKETS), "+Inf"], buckets, strict=True):
        running += count
        yield bound, running
