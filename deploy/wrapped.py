"""Text that breaks as Chinese does: between any two characters, but not inside a word or before a closing mark."""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

OPENING, CLOSING = "（《“〔［[(", "，。；：、）》”〕］？！％,.;:)]!?%…"
PIECE = re.compile(
    rf"\s+|[{re.escape(OPENING)}]*(?:[^\s\u2e80-\uffef{re.escape(OPENING)}]+|[\u2e80-\uffef])[{re.escape(CLOSING)}]*|."
)


def lines(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where each line starts and ends, spaces around it left out; what is wider than a line is cut."""
    start, used = 0, 0
    for piece in PIECE.finditer(text):
        at, wide = piece.start(), cell_len(piece[0])
        if used + wide > width and used and not piece[0].isspace():
            yield start, at
            start, used = at, 0
        while wide > width:
            fits = next(count for count in range(len(text) - at, 0, -1) if cell_len(text[at : at + count]) <= width)
            yield start, at + fits
            start = at = at + fits
            wide = cell_len(text[at : piece.end()])
        used = 0 if used == 0 and piece[0].isspace() else used + wide
        if used == 0:
            start = piece.end()
    yield start, len(text)


class Wrapped:
    """A renderable for a cell or a page."""

    def __init__(self, text: Text | str) -> None:
        self._text = Text(text) if isinstance(text, str) else text

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        for start, end in lines(self._text.plain, options.max_width):
            line = self._text[start:end]
            line.rstrip()
            line.no_wrap = True
            yield line

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        widest = max(map(cell_len, self._text.plain.splitlines() or [""]))
        return Measurement(min(widest, 8), min(widest, options.max_width))
