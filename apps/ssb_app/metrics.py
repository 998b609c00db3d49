"""What the server counts for Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from monailabel.interfaces.utils.app import app_instance
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ssb.retraining.progress import CUTTING, DONE, FAILED, INTERRUPTED, JUDGING, STOPPED, TRAINING
from ssb_app.web import SentenceRoute, reader

router = APIRouter(prefix="/ssb/metrics", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])

REGISTRY = CollectorRegistry()
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300)
"""Seconds (our choice): from a page to a sampling of many slices on a CPU."""

REQUESTS = Counter("ssb_requests", "Requests by method, route and status", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram("ssb_request_seconds", "Seconds to the end of the answer", ["route"], buckets=BUCKETS, registry=REGISTRY)
SUBMISSIONS = Counter("ssb_submissions", "Annotations that were kept", registry=REGISTRY)
SAMPLES = Counter("ssb_samples", "Masks that were drawn", registry=REGISTRY)


class ServerState(Collector):
    """What the app knows of itself, read when it is asked."""

    def describe(self) -> list[Metric]:
        """Nothing before the app is there."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics of now."""
        app = app_instance()
        sets, runs = app.sampler.sets, app.sampler.runs
        yield CounterMetricFamily("ssb_sample_sets", "Sample sets that were made", value=sets.runs)
        yield CounterMetricFamily("ssb_sample_set_hits", "Requests whose sample set was there already", value=sets.hits)
        yield GaugeMetricFamily("ssb_running", "Requests that sample now", value=runs.running)
        yield GaugeMetricFamily("ssb_queue_length", "Requests that wait for their turn to sample", value=runs.waiting)
        yield GaugeMetricFamily(
            "ssb_audit_missed", "Entries that wait until the audit log can be written, and those given up", value=app.audit.missed
        )
        yield InfoMetricFamily("ssb_model", "The model in use", {"name": app.sampler.model.name})
        found = app.training_state()
        training = GaugeMetricFamily("ssb_training", "1 for the state of the last training", labels=["state"])
        for state in (CUTTING, TRAINING, JUDGING, STOPPED, INTERRUPTED, FAILED, DONE):
            training.add_metric([state], float(state == found))
        yield training


ProcessCollector(registry=REGISTRY)  # process_resident_memory_bytes and the like, on Linux
REGISTRY.register(ServerState())


@router.get("", summary="Counts and times for Prometheus")
def metrics() -> Response:
    """Text in Prometheus' format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
