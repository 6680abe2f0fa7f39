"""The plainest log: a line an event, for spreadsheets and for whatever reads no standard."""

import csv
from collections.abc import Iterable
from pathlib import Path

from deploy.mining.events import Event

COLUMNS = ("case", "activity", "timestamp", "resource", "role", "rule", "timing", "fact", "type", "kind", "lifecycle",
           "clock", "service", "recorded")  # fmt: skip


def write_csv(events: Iterable[Event], path: Path) -> None:
    """UTF-8 with a byte order mark, by which spreadsheets know Chinese."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for each in events:
            writer.writerow(
                each.attributes()
                | {"case": each.case, "activity": each.activity, "timestamp": each.time, "fact": each.id}
            )
