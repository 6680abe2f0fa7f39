"""A frame as people see it: eighty columns are enough, more are used."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.watching.frame import Frame
from deploy.watching.tail_lines import COLOURS
from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

SHOWN = 8  # cases
HEAD = 3  # lines of a table before its rows
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
CHINESE = {"d": " 天", "h": " 小时", "m": " 分", "s": " 秒"}


def screen(frame: Frame, language: Language, height: int | None = None) -> RenderableType:
    """`height`: so many lines there are; the cases take what the rest leaves."""
    parts: list[RenderableType] = [_head(frame, language), _streams(frame, language)]
    if any(told and told["inboxes"] for told in frame.services.values()):
        parts.append(_reactions(frame, language))
    if frame.centers:
        parts.append(_centers(frame, language))
    shown = SHOWN if height is None else max(1, height - _lines(frame))
    return Group(*parts, _numbers(frame, language), _clocks(frame, language, shown))


def _lines(frame: Frame) -> int:
    """Without the cases."""
    told = [each for each in frame.services.values() if each]
    tables = [len(frame.services), sum(any(inbox["mine"] for inbox in each["inboxes"]) for each in told),
              len(frame.centers)]  # fmt: skip
    return 2 + len(frame.unwell) + sum(HEAD + rows for rows in tables if rows) + HEAD + 1


def span(seconds: float, language: Language) -> str:
    """The largest unit that says enough."""
    unit, size = next(((unit, size) for unit, size in UNITS if abs(seconds) >= size), UNITS[-1])
    return f"{abs(seconds) / size:.0f}{CHINESE[unit] if language == 'zh' else ' ' + unit}"


def _head(frame: Frame, language: Language) -> Text:
    at = f"{frame.now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    shown = Text(sentence("watch", "title", {"site": frame.site, "at": at}, language) + "  ", "bold")
    wrong = frame.unwell
    if not wrong:
        return shown.append(f"● {word('watch', 'well', language)}", "bold green")
    shown.append(f"● {sentence('watch', 'unwell', {'count': len(wrong)}, language)}", "bold red")
    for key, who in wrong:
        name = word("tail", who, language) if key not in {"wrong_letters", "wrong_line", "wrong_reference"} else who
        shown.append(f"\n  ✗ {sentence('watch', key, {'who': name}, language)}", "red")
    return shown


def _table(title: str, language: Language, *columns: str, left: int = 1, elastic: str = "") -> Table:
    """The first `left` columns are text; the elastic one gives way where it is narrow."""
    table = Table(title=word("watch", title, language), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  show_edge=False, pad_edge=False, padding=(0, 1))  # fmt: skip
    for number, column in enumerate(columns):
        text = number < left or column == elastic
        table.add_column(word("watch", column, language), justify="left" if text else "right",
                         no_wrap=column != elastic)  # fmt: skip
    return table


def _name(service: str, language: Language) -> Text:
    return Text(word("tail", service, language), COLOURS.get(service, ""))


def _streams(frame: Frame, language: Language) -> Table:
    table = _table("streams", language, "service", "stored", "published", "waiting", "rate", "sealed", "last",
                   elastic="last")  # fmt: skip
    logs = (frame.audit or {}).get("logs", {})
    for name, told in frame.services.items():
        sealed = _sealed(logs.get(name))
        if told is None:
            table.add_row(
                _name(name, language), Text(word("watch", "silent", language), "bold red"), "", "", "", sealed, ""
            )
            continue
        waits = Text(str(told["unpublished"]), "yellow" if told["unpublished"] else "dim")
        if told["unpublished_for"] >= 1:
            waits.append(f" {span(told['unpublished_for'], language)}", "yellow")
        rate = f"{frame.rates[name]:.1f}" if name in frame.rates else "—"
        table.add_row(_name(name, language), f"{told['head']:,}", f"{told['published']:,}", waits, rate, sealed,
                      _last(told["last"], frame.now, language))  # fmt: skip
    return table


def _sealed(log: Mapping[str, Any] | None) -> Text:
    if not log or not log["sealed_at"]:
        return Text("—", "dim")
    at = datetime.fromisoformat(log["sealed_at"]).astimezone(SHANGHAI)
    return Text(f"{log['sealed']:,} @{at:%H:%M}", "" if log["sealed"] >= log["heard"] else "yellow")


def _last(last: Mapping[str, str] | None, now: datetime, language: Language) -> Text:
    if not last:
        return Text("—", "dim")
    ago = span(max(0.0, (now - datetime.fromisoformat(last["at"])).total_seconds()), language)
    name = word("activity", last["type"].rpartition(".")[0], language)
    return Text(f"{name} ", no_wrap=True, overflow="ellipsis").append(
        sentence("watch", "ago", {"time": ago}, language), "dim"
    )


def _reactions(frame: Frame, language: Language) -> Table:
    """One line a service: whom it hears, and by how much it is behind each of them."""
    table = _table("reactions", language, "service", "hears", "held", "retried", "success", left=2,
                   elastic="hears")  # fmt: skip
    for name, told in frame.services.items():
        mine = [inbox for inbox in (told or {}).get("inboxes", ()) if inbox["mine"]]
        if not mine:
            continue
        held, agos = (
            sum(inbox["held"] for inbox in mine),
            [i["handled_ago"] for i in mine if i["handled_ago"] is not None],
        )
        table.add_row(
            _name(name, language), Text("  ").join(_behind(inbox, language) for inbox in mine),
            Text(str(held), "yellow" if held else "dim"), Text(str(sum(inbox["retried"] for inbox in mine)), "dim"),
            Text(sentence("watch", "ago", {"time": span(min(agos), language)}, language) if agos else "—", "dim"),
        )  # fmt: skip
    return table


def _behind(inbox: Mapping[str, Any], language: Language) -> Text:
    behind, lag = inbox["behind"], inbox["lag"]
    style = "red" if behind is None or lag > 30 else "yellow" if lag > 1 else "dim"
    said = "?" if behind is None else f"{behind:,}" + (f"/{span(lag, language)}" if lag >= 1 else "")
    return _name(inbox["upstream"].rpartition(".")[2], language).append(f" {said}", style)


def _centers(frame: Frame, language: Language) -> Table:
    table = _table("centers", language, "site", "state", "heard", "behind", "since", left=2)
    for center in frame.centers:
        state = Text(
            word("watch", "connected" if center.connected else "cut", language), "green" if center.connected else "red"
        )
        since = "" if center.connected else word("watch", "never", language)
        if not center.connected and center.silent is not None:
            since = f"{(frame.at - timedelta(seconds=center.silent)).astimezone(SHANGHAI):%m-%d %H:%M}"
        table.add_row(center.site, state, f"{center.heard:,}", f"{center.behind:,}", since)
    return table


def _numbers(frame: Frame, language: Language) -> Text:
    told = [each for each in frame.services.values() if each]
    about = {
        "dead": frame.letters("dead"), "held": frame.letters("held"),
        **{state: sum(each["effects"][state] for each in told) for state in ("pending", "failed")},
        **{state: sum(each["clocks"][state] for each in told) for state in ("running", "at_risk", "breached")},
    }  # fmt: skip
    return Text(sentence("watch", "numbers", about, language), "bold red" if about["dead"] else "")


def _clocks(frame: Frame, language: Language, shown: int) -> RenderableType:
    table = _table("clocks", language, "case", "clock", "due", "left", left=2)
    found = frame.at_risk
    for clock in found[:shown]:
        due = datetime.fromisoformat(clock["due"])
        seconds = (due - frame.now).total_seconds()
        colour = "red" if seconds < 0 else "yellow"
        says = sentence("watch", "late" if seconds < 0 else "left_for", {"time": span(seconds, language)}, language)
        table.add_row(clock["case"], word("codes_clock", clock["clock"], language),
                      f"{due.astimezone(SHANGHAI):%m-%d %H:%M}", Text(says, colour))  # fmt: skip
    if not found:
        table.add_row(Text(word("watch", "nothing", language), "dim"), "", "", "")
    if len(found) > shown:
        table.caption = sentence("watch", "more", {"count": len(found) - shown}, language)
    return table
