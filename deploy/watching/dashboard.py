"""One page for Grafana: is all well, what flows, what lags, whose time runs out, what is sealed."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

SITE = '{site=~"$site"}'
OVER = "[$__rate_interval]"
WIDE, STAT = 8, 4  # of 24 columns


class Panel(NamedTuple):
    """`queries`: PromQL and what a line is called. `red`: from there on a number is bad."""

    zh: str
    en: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: Literal["timeseries", "stat"] = "timeseries"
    red: float | None = None


def _rate(metric: str, by: str, more: str = "") -> str:
    return f'sum by ({by}) (rate({metric}{{site=~"$site"{more}}}{OVER}))'


def _quantile(share: float, metric: str) -> str:
    return f"histogram_quantile({share}, {_rate(f'{metric}_bucket', 'service, le')})"


def _mean(metric: str) -> str:
    return f"{_rate(f'{metric}_sum', 'service')} / {_rate(f'{metric}_count', 'service')}"


def _at(metric: str, by: str = "service") -> str:
    return f"max by ({by}) ({metric}{SITE})"


ROWS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "一切正常？ / Is all well?",
        (
            Panel("异常", "wrong", [("doorstep_unwell", "")], kind="stat", red=1),
            Panel(
                "死信", "dead letters", [('sum(doorstep_letters{state="dead",site=~"$site"})', "")], kind="stat", red=1
            ),
            Panel(
                "临期", "time running out", [('sum(doorstep_clocks{state="at_risk",site=~"$site"})', "")], kind="stat"
            ),
            Panel("已超期", "late", [('sum(doorstep_clocks{state="breached",site=~"$site"})', "")], kind="stat", red=1),
            Panel("审计告警", "alarms of the audit", [(f"sum(doorstep_audit_alarms{SITE})", "")], kind="stat", red=1),
            Panel(
                "最早未发布",
                "oldest unpublished fact",
                [(f"max(doorstep_outbox_oldest_unpublished_seconds{SITE})", "")],
                "s",
                "stat",
                60,
            ),
        ),
    ),
    (
        "流量 / What flows",
        (
            Panel("事实", "facts a second", [(_rate("doorstep_facts_total", "service"), "{{service}}")], "ops"),
            Panel(
                "指令",
                "commands a second, by outcome",
                [(_rate("doorstep_commands_total", "outcome"), "{{outcome}}")],
                "ops",
            ),
            Panel(
                "拒绝",
                "refusals, by rule",
                [(_rate("doorstep_commands_total", "service, rule", ',outcome="refused"'), "{{service}} {{rule}}")],
                "ops",
            ),
            Panel(
                "提交耗时 p99",
                "from deciding to committed",
                [(_quantile(0.99, "doorstep_commit_seconds"), "{{service}}")],
                "s",
            ),
            Panel(
                "应答耗时 p99",
                "from arrival to answer",
                [(_quantile(0.99, "faststream_received_processed_messages_duration_seconds"), "{{service}}")],
                "s",
            ),
            Panel(
                "每次提交的指令",
                "commands in one commit",
                [(_mean("doorstep_commit_commands"), "{{service}}")],
            ),
        ),
    ),
    (
        "落后 / What lags",
        (
            Panel("未发布", "facts nobody else knows yet", [(_at("doorstep_outbox_unpublished"), "{{service}}")]),
            Panel(
                "反应落后",
                "facts not handled yet",
                [(_at("doorstep_reaction_lag_facts", "service, upstream"), "{{service}} ← {{upstream}}")],
            ),
            Panel(
                "反应落后时间",
                "seconds since all was handled",
                [(_at("doorstep_reaction_lag_seconds", "service, upstream"), "{{service}} ← {{upstream}}")],
                "s",
            ),
            Panel(
                "待重试",
                "letters held",
                [(_at("doorstep_reaction_held", "service, upstream"), "{{service}} ← {{upstream}}")],
            ),
            Panel("对外消息", "messages to the outside", [(f"sum by (state) (doorstep_effects{SITE})", "{{state}}")]),
            Panel("中心落后", "facts of centers not gathered", [("doorstep_line_behind_facts", "{{line}}")]),
        ),
    ),
    (
        "时限与封存 / Time limits and seals",
        (
            Panel(
                "计时中",
                "time limits that run",
                [('sum by (clock) (doorstep_clocks{state="running",site=~"$site"})', "{{clock}}")],
            ),
            Panel(
                "临期与超期",
                "at risk and late",
                [('sum by (clock, state) (doorstep_clocks{state!="running",site=~"$site"})', "{{clock}} {{state}}")],
            ),
            Panel(
                "待封存",
                "facts heard and not sealed",
                [(f"max by (log) (doorstep_audit_heard{SITE} - doorstep_audit_sealed{SITE})", "{{log}}")],
            ),
            Panel("处理器", "CPU", [(_rate("process_cpu_seconds_total", "service"), "{{service}}")], "percentunit"),
            Panel("内存", "memory", [(_at("process_resident_memory_bytes"), "{{service}}")], "bytes"),
            Panel("磁盘", "disk used", [("doorstep_disk_used_ratio", "")], "percentunit"),
        ),
    ),
)
PANELS = [panel for _, panels in ROWS for panel in panels]


def written() -> str:
    source = {"type": "prometheus", "uid": "${source}"}
    page = {
        "uid": "doorstep", "title": "上门服务 / doorstep", "schemaVersion": 39, "version": 1, "editable": True,
        "refresh": "10s", "time": {"from": "now-1h", "to": "now"}, "timezone": "Asia/Shanghai", "tags": ["doorstep"],
        "templating": {"list": [
            {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
            {"name": "site", "label": "站点 / site", "type": "query", "datasource": source, "multi": True,
             "includeAll": True, "allValue": ".*", "refresh": 2, "sort": 1,
             "query": "label_values(doorstep_store_position, site)",
             "current": {"text": "All", "value": "$__all"}},
        ]},
        "panels": list(_panels(source)),
    }  # fmt: skip
    return json.dumps(page, ensure_ascii=False, indent=1) + "\n"


def _panels(source: dict[str, str]) -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for title, panels in ROWS:
        number += 1
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
               "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}}  # fmt: skip
        top, left = top + 1, 0
        for panel in panels:
            width, height = (STAT, 4) if panel.kind == "stat" else (WIDE, 7)
            number += 1
            yield _panel(panel, source) | {"id": number, "gridPos": {"x": left, "y": top, "w": width, "h": height}}
            left = (left + width) % 24
            top += 0 if left else height


def _panel(panel: Panel, source: dict[str, str]) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.red is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": panel.red}]
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}}
    return {
        "type": panel.kind, "title": panel.zh, "description": panel.en, "datasource": source,
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": {"legend": {"displayMode": "list"}}
        if panel.kind == "timeseries" else {"colorMode": "background", "reduceOptions": {"calcs": ["lastNotNull"]}},
        "targets": [{"refId": chr(65 + at), "datasource": source, "expr": expr, "legendFormat": legend}
                    for at, (expr, legend) in enumerate(panel.queries)],
    }  # fmt: skip
