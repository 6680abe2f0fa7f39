"""One JSON line per event; only keys on the list get through, and what looks like personal data does not."""

import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "service",
        "command",
        "case",
        "facts",
        "rule",
        "error",
        "upstream",
        "position",
        "reaction",
        "kind",
        "count",
        "mode",
        "address",
    }
)
PERSONAL = re.compile(r"\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)")


OURS = frozenset({"event", "level", "timestamp", "service"})  # never anybody's data


def only_allowed(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    allowed = {key: value for key, value in line.items() if key in ALLOWED}
    said = [value for key, value in allowed.items() if key not in OURS and isinstance(value, str)]
    if not PERSONAL.search("\n".join(said)):  # one look for all of them: this is done for every command
        return allowed
    return {key: PERSONAL.sub("***", value) if isinstance(value, str) else value for key, value in allowed.items()}


def write_json_lines(service: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
