"""What the relay counts, for Prometheus: never by visitor or address, only by site."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The metrics of one relay, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, doc: str, *labels: str) -> Counter:
            return Counter(f"omnitui_relay_{name}", doc, labels, registry=registry)

        def gauge(name: str, doc: str, *labels: str) -> Gauge:
            return Gauge(f"omnitui_relay_{name}", doc, labels, registry=registry)

        self.connections = gauge("connections", "Open connections of visitors.", "site", "kind")
        """kind: websocket or poll."""
        self.visitors = gauge("visitors", "Visitors who are connected.", "site")
        self.messages = counter("messages", "Messages that were stored.", "site", "direction")
        """direction: in (of visitors) or out (of agents)."""
        self.events_pending = gauge(
            "events_pending", "Events that the desk has not acknowledged.", "site"
        )
        self.desk_connected = gauge(
            "desk_connected", "Whether the desk listens to the events.", "site"
        )
        self.refused = counter("refused", "What was refused, and why.", "site", "reason")
        self.uploads = counter("uploads", "Files that were taken.", "site", "by")
        self.upload_bytes = counter("upload_bytes", "Bytes of these files.", "site", "by")
        self.storage_bytes = gauge("storage_bytes", "Bytes of all files of a site.", "site")
        self.free_bytes = gauge("free_bytes", "Bytes free on the disk of the relay's directory.")
        self.requests = counter("http_requests", "HTTP requests.", "route", "status")
        self.commit_seconds = Histogram(
            "omnitui_relay_commit_seconds",
            "From a visitor's message to its acknowledgement.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=registry,
        )
        self.draining = gauge("draining", "Whether the relay is going down.")

    def text(self) -> bytes:
        """The exposition, of the type `CONTENT_TYPE`."""
        return generate_latest(self._registry)
