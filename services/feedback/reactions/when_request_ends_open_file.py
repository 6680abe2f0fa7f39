"""A request ended without a visit, so its file is opened and owed at once (T30)."""

from shared.contracts.feedback_archive import OpenEndedFile
from shared.reaction import Reaction, follow, whenever


def _opening(end: str) -> Reaction:
    return whenever(
        f"when_request_{end}_open_file", "intake", f"request_{end}.v1",
        lambda ended: follow(ended, OpenEndedFile, end=f"end_{end}"),
    )  # fmt: skip


ENDS: tuple[Reaction, ...] = tuple(map(_opening, ("declined", "withdrawn", "lapsed", "redirected", "transferred")))
