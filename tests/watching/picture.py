"""`python -m tests.watching.picture`: the dashboard and the screen as they are while a month is played, for the README.

Every query of the Grafana page is worked out over what the services told twice a second; nothing is drawn by hand.
"""

import asyncio
import io
import math
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from html import escape, unescape
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from rich.cells import cell_len
from rich.console import Console

from deploy.commands.run import CENTERS
from deploy.running import Running, noted
from deploy.watching.dashboard import PANELS, ROWS, Panel
from deploy.watching.exporter import samples, targets
from deploy.watching.frame import Frame, look
from deploy.watching.screen import screen
from tests.journey.playing import play, sample
from tests.watching.promql import Labels, Query

IMAGES = CENTERS.parent.parent / "docs" / "images"
EVERY, OVER = 0.5, 4  # seconds
COLUMNS, WIDTH, HEIGHT, GAP = 3, 380, 190, 12
COLOURS = ("#3274d9", "#37872d", "#e0b400", "#8f3bb8", "#fa6400", "#c4162a", "#1f9e9e", "#7f7f7f")
UNITS = {"s": (1, " s"), "percentunit": (100, " %"), "bytes": (1e-6, " MB"), "ops": (1, "/s"), "short": (1, "")}


class Scrape:
    """What was told, by name and labels, with the moments."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.began, self.ended = folder, time.monotonic(), threading.Event()
        self.series: dict[str, dict[Labels, list[tuple[float, float]]]] = {}
        self.frames: list[Frame] = []

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        while not self.ended.is_set():
            running = noted(self.folder)
            if running and running.up and running.alive:
                try:
                    async with running.console() as console:
                        await self._while_it_is_there(running, console)
                except (OSError, URLError):
                    pass
            await asyncio.sleep(EVERY)

    async def _while_it_is_there(self, running: Running, console: object) -> None:
        while not self.ended.is_set():
            at = self.now
            for target in targets(running):
                self._take(at, await asyncio.to_thread(_told, target["targets"][0]), target["labels"])
            self.frames.append(await look(running, console, self.frames[-1] if self.frames else None))
            for each in samples(self.frames[-1], running):
                for one in each.family.samples:
                    self._add(at, one.name, one.labels, one.value)
            await asyncio.sleep(max(0.0, EVERY - (self.now - at)))

    def _take(self, at: float, text: str, labels: dict[str, str]) -> None:
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                self._add(at, one.name, one.labels | labels, one.value)

    def _add(self, at: float, name: str, labels: dict[str, str], value: float) -> None:
        self.series.setdefault(name, {}).setdefault(frozenset(labels.items()), []).append((at, float(value)))


def _told(where: str) -> str:
    with urlopen(f"http://{where}/metrics", timeout=5) as answer:
        return answer.read().decode()


Line = tuple[str, list[tuple[float, float]]]


def lines(panel: Panel, scrape: Scrape, moments: Sequence[float]) -> list[Line]:
    found: dict[str, list[tuple[float, float]]] = {}
    for expr, legend in panel.queries:
        query = Query.of(expr.replace("$site", ".*").replace("$__rate_interval", f"{OVER}s"))
        for at in moments:
            for labels, value in query.at(scrape.series, at).items():
                name = legend
                for label, said in labels:
                    name = name.replace("{{" + label + "}}", said.rpartition(".")[2])
                if math.isfinite(value):
                    found.setdefault(name, []).append((at, value))
    return sorted(found.items())


def number(value: float, unit: str) -> str:
    factor, name = UNITS[unit]
    value *= factor
    if unit == "s" and 0 < value < 1:
        value, name = value * 1000, " ms"
    return f"{value:,.0f}{name}" if value >= 20 or value == int(value) else f"{value:.2g}{name}"


def page(scrape: Scrape) -> str:
    start = min(points[0][0] for points in scrape.series["doorstep_broker_up"].values())
    end = max(points[-1][0] for points in scrape.series["doorstep_broker_up"].values())
    moments = [start + OVER + at * (end - start - OVER) / 100 for at in range(101)]
    parts, top = list[str](), 44
    for title, panels in ROWS:
        parts.append(f'<text x="{GAP}" y="{top + 14}" class="row">{escape(title)}</text>')
        top += 24
        stats = panels[0].kind == "stat"
        width = (COLUMNS * WIDTH + (COLUMNS - 1) * GAP - (len(panels) - 1) * GAP) / len(panels) if stats else WIDTH
        height = 76 if stats else HEIGHT
        for place, panel in enumerate(panels):
            row, column = (0, place) if stats else divmod(place, COLUMNS)
            left, y = GAP + column * (width + GAP), top + row * (height + GAP)
            found = lines(panel, scrape, moments[-1:] if stats else moments)
            drawn = _stat(panel, found, width) if stats else _chart(panel, found, moments)
            frame = f'<rect width="{width:.0f}" height="{height}" rx="3" class="panel"/>'
            parts.append(f'<g transform="translate({left:.0f},{y})">{frame}{"".join(drawn)}</g>')
        rows = 1 if stats else -(-len(panels) // COLUMNS)
        top += rows * (height + GAP) + 6
    all_wide = COLUMNS * (WIDTH + GAP) + GAP
    title = f"上门服务 / doorstep · 620105 · 走完一个月的台账 / a month of the ledger, played in {end - start:.0f} s"
    head = f'<text x="{GAP}" y="28" class="title">{title}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {all_wide} {top}" width="{all_wide}" height="{top}">'
        f"<style>text{{font-family:'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;font-size:11px;"
        "fill:#c7d0d9}.title{font-size:17px;font-weight:600}.row{font-size:13px;font-weight:600;fill:#fff}"
        ".panel{fill:#181b1f;stroke:#2c3235}.grid{stroke:#2c3235}.axis{font-size:9px;fill:#8e99a3}.about{fill:#8e99a3}"
        ".value{font-size:26px;font-weight:600;text-anchor:middle}.line{fill:none;stroke-width:1.4}</style>"
        f'<rect width="100%" height="100%" fill="#111217"/>{head}{"".join(parts)}</svg>\n'
    )


def _stat(panel: Panel, found: list[Line], width: float) -> Iterator[str]:
    value = found[0][1][-1][1] if found else 0.0
    colour = "#f2495c" if panel.red is not None and value >= panel.red else "#73bf69"
    yield f'<text x="8" y="16">{escape(panel.zh)} <tspan class="about">{escape(panel.en)}</tspan></text>'
    yield f'<text x="{width / 2:.0f}" y="54" class="value" style="fill:{colour}">{number(value, panel.unit)}</text>'


def _chart(panel: Panel, found: list[Line], moments: Sequence[float]) -> Iterator[str]:
    left, right, top, bottom = 48, WIDTH - 10, 28, HEIGHT - 36
    most = max((value for _, points in found for _, value in points), default=0.0) or 1.0
    yield f'<text x="8" y="16">{escape(panel.zh)} <tspan class="about">{escape(panel.en)}</tspan></text>'
    for share in (0, 0.5, 1):
        y = bottom - share * (bottom - top)
        yield f'<line x1="{left}" x2="{right}" y1="{y:.0f}" y2="{y:.0f}" class="grid"/>'
        said = number(share * most, panel.unit)
        yield f'<text x="{left - 4}" y="{y + 3:.0f}" class="axis" text-anchor="end">{said}</text>'
    if not found:
        yield f'<text x="{(left + right) / 2}" y="{(top + bottom) / 2}" class="axis">无 / none</text>'
    x = left
    for place, (name, points) in enumerate(found):
        colour = COLOURS[place % len(COLOURS)]
        scale = (right - left) / (moments[-1] - moments[0])
        way = " ".join(f"{left + (at - moments[0]) * scale:.1f},{bottom - value / most * (bottom - top):.1f}"
                       for at, value in points)  # fmt: skip
        yield f'<polyline points="{way}" class="line" stroke="{colour}"/>'
        wide = 18 + 6.2 * len(name)
        if name and x + wide < right:
            yield f'<rect x="{x}" y="{HEIGHT - 20}" width="8" height="3" fill="{colour}"/>'
            yield f'<text x="{x + 12}" y="{HEIGHT - 15}" class="axis">{escape(name)}</text>'
            x += wide


def screen_of(frame: Frame) -> str:
    console = Console(record=True, width=88, file=io.StringIO(), highlight=False)
    console.print(screen(frame, "zh"))
    said = console.export_svg(title="doorstep watch", unique_id="watch")
    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', _wide, said)


def _wide(text: re.Match[str]) -> str:
    """The library takes a Chinese character to be as narrow as a Latin one."""
    said = unescape(text[3])
    return f'textLength="{float(text[1]) * cell_len(said) / len(said):g}"{text[2]}>{text[3]}<'


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        scrape = Scrape(Path(temporary) / "played")
        watching = threading.Thread(target=scrape.run)
        watching.start()
        try:
            play(scrape.folder, sample())
        finally:
            scrape.ended.set()
            watching.join()
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "dashboard.svg").write_text(page(scrape), "utf-8")
    busy = [frame for frame in scrape.frames if all(frame.services.values()) and frame.audit]
    (IMAGES / "watch.svg").write_text(screen_of(busy[len(busy) * 2 // 3]), "utf-8")
    print(f"{len(scrape.frames)} looks, {len(PANELS)} panels")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
