"""Where spans go: lines of JSON on standard error or in a file; or a collector, where its package is installed."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

OTLP = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


class Lines(SpanExporter):
    """One span a line. What is handed over together is written at once: several services may share a file."""

    def __init__(self, file: int) -> None:
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            os.write(self._file, "".join(f"{span.to_json(indent=None)}\n" for span in spans).encode())
        except OSError:  # a full disk: spans are lost, nothing else
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def exporter(where: str) -> SpanExporter:
    """Raises `ValueError`."""
    kind, _, path = where.partition(":")
    match kind:
        case "console":
            return Lines(2)
        case "jsonl" if path:
            return Lines(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
        case "otlp":
            try:
                made: SpanExporter = import_module(OTLP).OTLPSpanExporter()
            except ModuleNotFoundError:
                raise ValueError(
                    "OTEL_EXPORTER=otlp: opentelemetry-exporter-otlp-proto-http is not installed"
                ) from None
            return made
    raise ValueError(f"OTEL_EXPORTER: console, jsonl:PATH or otlp, not {where}")


def provider_for(where: str, about: Mapping[str, str]) -> TracerProvider:
    """Spans are handed over by a thread of its own; what is left goes out when the process ends."""
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(exporter(where)))
    return provider
