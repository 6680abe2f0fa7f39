"""Traces (OpenTelemetry): one from a command through its facts to the reactions of other services.

Off unless OTEL_EXPORTER says where they go; while it is off the library is not even loaded. A trace travels as the
text of W3C's `traceparent` header, on the road only: a fact's bytes are made once and know nothing of it, so what is
read from the log after a restart begins a trace of its own. A span says codes and case numbers, as a log line does.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shared.messages import Answer, Command

HEADER = "traceparent"
Ask = Callable[[Any], Awaitable[bytes]]
_tracer: Any = None
_current: ContextVar[str] = ContextVar("trace", default="")


def begin(service: str, env: Mapping[str, str]) -> None:
    """OTEL_EXPORTER: `console` (standard error), `jsonl:PATH`, `otlp`; none: off. Raises `ValueError`."""
    if where := env.get("OTEL_EXPORTER", ""):
        from shared.tracing_export import provider_for  # noqa: PLC0415  # what is off is not loaded

        use(provider_for(where, {"service.name": service, "doorstep.center": env.get("CENTER", "")}))


def use(provider: Any) -> None:
    """None: off again."""
    global _tracer  # noqa: PLW0603  # one for a process, as the library has it
    _tracer = provider.get_tracer("doorstep") if provider else None


def on() -> bool:
    return _tracer is not None


def current() -> str:
    """The trace of what is being answered; empty: none."""
    return _current.get()


def of(headers: Mapping[str, str] | None) -> str:
    """The trace that a message came with; empty where tracing is off."""
    return (headers or {}).get(HEADER, "") if _tracer else ""


def carried(headers: dict[str, str] | None, trace: str | None = None) -> dict[str, str] | None:
    """The headers of a message that goes out, with the trace that it belongs to."""
    if _tracer and (trace := _current.get() if trace is None else trace):
        return {**(headers or {}), HEADER: trace}
    return headers


def served(subject: str, ask: Ask) -> Ask:
    """A door whose every answer is a span; the message goes back with the trace that it now belongs to."""
    if not _tracer:
        return ask

    def asked(message: Any) -> Awaitable[bytes]:
        about = {"messaging.system": "nats", "messaging.destination.name": subject}
        span = _span(f"ask {subject.rpartition('.')[2]}", of(message.headers), "server", about)
        trace = _text(span)
        before = _current.set(trace)
        try:
            coming = ask(message)
        finally:
            _current.reset(before)
        message.headers = {HEADER: trace}

        async def answered() -> bytes:
            inside = _current.set(trace)
            try:
                return await coming
            finally:
                _current.reset(inside)
                span.end()

        return answered()

    return asked


def decided(command: Command, answer: Answer, trace: str, began: int) -> str:
    """A span from the beginning of the decision (nanoseconds) to its commit, now; the trace for its facts."""
    about = {
        "doorstep.command": type(command).__name__, "doorstep.case": command.case,
        "doorstep.accepted": answer.accepted, "doorstep.rule": answer.rule or "", "doorstep.facts": len(answer.facts),
    }  # fmt: skip
    span = _span(f"decide {command.asked()}", trace, "internal", about, began)
    span.end()
    return _text(span)


@contextmanager
def reacting(upstream: str, causes: Sequence[tuple[Any, str]]) -> Iterator[Sequence[str]]:
    """A span for each reaction to a fact, `(what was heard, name)`, until its command is committed; their traces."""
    if not _tracer:
        yield ()
        return
    spans = [
        _span(f"react {name}", fact.trace, "consumer", {
            "messaging.system": "nats", "doorstep.upstream": upstream, "doorstep.position": fact.position,
            "doorstep.fact": fact.kind, "doorstep.case": fact.case, "doorstep.reaction": name,
        })
        for fact, name in causes
    ]  # fmt: skip
    try:
        yield [_text(span) for span in spans]
    finally:
        for span in spans:
            span.end()


def now() -> int:
    return time.time_ns()


def _span(name: str, trace: str, kind: str, about: Mapping[str, Any], began: int | None = None) -> Any:
    from opentelemetry.trace import SpanKind  # noqa: PLC0415  # as above
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415  # as above

    parent = TraceContextTextMapPropagator().extract({HEADER: trace})
    return _tracer.start_span(name, parent, SpanKind[kind.upper()], about, start_time=began)


def _text(span: Any) -> str:
    at = span.get_span_context()
    return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"
