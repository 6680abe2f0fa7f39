"""When somebody must be told: rules for Prometheus, each with what it means and what to do first.

`page`: now, at night too. `ticket`: today. `info`: to know. `deploy/alerts/doorstep.yaml` is written from here.
"""

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

MONTH = 30 * 86400


class Alert(NamedTuple):
    """`wait`: so long it must be so without a break. `zh`, `en`: what is wrong; `first`: the command to begin with."""

    name: str
    severity: Literal["page", "ticket", "info"]
    expr: str
    wait: str
    zh: str
    en: str
    first: str = "doorstep watch --once"


ALERTS = (
    Alert(
        "FiguresMissing",
        "page",
        'up{job="doorstep"} == 0',
        "2m",
        "读不到 {{ $labels.service }} 的指标",
        "No figures from {{ $labels.service }}",
    ),
    Alert(
        "SiteUnwatched",
        "page",
        "absent(doorstep_broker_up)",
        "2m",
        "没有站点指标：doorstep watch --serve 未运行",
        "No figures of the site: doorstep watch --serve does not run",
    ),
    Alert(
        "ProcessDown",
        "page",
        "doorstep_process_up == 0",
        "1m",
        "进程不在：{{ $labels.service }}",
        "{{ $labels.service }} does not run",
        "doorstep doctor",
    ),
    Alert(
        "ProcessRestarts",
        "ticket",
        "delta(doorstep_process_restarts[10m]) > 2",
        "0m",
        "{{ $labels.service }} 反复重启",
        "{{ $labels.service }} is restarted again and again",
        "doorstep doctor",
    ),
    Alert(
        "ServiceSilent",
        "page",
        "doorstep_answers == 0",
        "1m",
        "{{ $labels.service }} 无应答",
        "{{ $labels.service }} does not answer",
        "doorstep doctor",
    ),
    Alert(
        "BrokerDown",
        "page",
        "doorstep_broker_up == 0",
        "1m",
        "消息服务器无应答",
        "The broker does not answer",
        "doorstep doctor",
    ),
    Alert(
        "OutboxStopped",
        "page",
        "doorstep_outbox_stopped == 1",
        "0m",
        "{{ $labels.service }} 停止发布：存储比流旧",
        "{{ $labels.service }} publishes no more: its store is older than its stream",
        "doorstep doctor",
    ),
    Alert(
        "StreamAheadOfStore",
        "page",
        "doorstep_outbox_position > doorstep_store_position",
        "1m",
        "{{ $labels.service }} 的流多于存储",
        "The stream of {{ $labels.service }} holds more than its store",
        "doorstep doctor",
    ),
    Alert(
        "FactsUnpublished",
        "page",
        "doorstep_outbox_oldest_unpublished_seconds > 60",
        "1m",
        "{{ $labels.service }} 的事实超过一分钟未发布",
        "Facts of {{ $labels.service }} have waited for more than a minute",
    ),
    Alert(
        "CommitsFail",
        "ticket",
        "increase(doorstep_commits_failed_total[5m]) > 0",
        "0m",
        "{{ $labels.service }} 有提交失败",
        "Commits of {{ $labels.service }} failed",
        "doorstep doctor",
    ),
    Alert(
        "CommandsTurnedAway",
        "page",
        'increase(faststream_received_processed_messages_total{status="rejected"}[5m]) > 0',
        "0m",
        "{{ $labels.service }} 因人多而请人稍后再来",
        "{{ $labels.service }} has turned commands away: too many at once",
    ),
    Alert(
        "ReactionLags",
        "page",
        "doorstep_reaction_lag_seconds > 30",
        "2m",
        "{{ $labels.service }} 落后于 {{ $labels.upstream }}",
        "{{ $labels.service }} lags behind {{ $labels.upstream }}",
    ),
    Alert(
        "ReactionNeverCatchesUp",
        "ticket",
        "min_over_time(doorstep_reaction_lag_facts[10m]) > 0",
        "10m",
        "{{ $labels.service }} 十分钟内从未追平 {{ $labels.upstream }}",
        "{{ $labels.service }} has not caught up with {{ $labels.upstream }} in ten minutes",
    ),
    Alert(
        "LettersHeld",
        "ticket",
        "doorstep_reaction_held > 0",
        "5m",
        "{{ $labels.service }} 有案件等待重试超过 5 分钟",
        "Cases wait to be tried again in {{ $labels.service }}",
        "doorstep letters",
    ),
    Alert(
        "DeadLetters",
        "page",
        'doorstep_letters{state="dead"} > 0',
        "0m",
        "{{ $labels.service }} 有死信 {{ $value }} 件",
        "{{ $value }} dead letters in {{ $labels.service }}",
        "doorstep letters",
    ),
    Alert(
        "MessagesWait",
        "ticket",
        'min_over_time(doorstep_effects{state="pending"}[10m]) > 0',
        "10m",
        "{{ $labels.service }} 有短信等通知十分钟未发出",
        "Messages to citizens wait in {{ $labels.service }}",
    ),
    Alert(
        "MessagesExpired",
        "ticket",
        'delta(doorstep_effects{state="expired"}[1h]) > 0',
        "0m",
        "有通知过期未发出，应人工告知",
        "Messages expired unsent: people must be told by hand",
    ),
    Alert(
        "ClocksAtRisk",
        "info",
        'sum by (site, clock) (doorstep_clocks{state="at_risk"}) > 0',
        "0m",
        "{{ $value }} 件案件的时限 {{ $labels.clock }} 将到期",
        "The time limit {{ $labels.clock }} of {{ $value }} cases runs out",
    ),
    Alert(
        "ClocksBreached",
        "ticket",
        'sum by (site, service) (increase(doorstep_facts_total{type="deadline_breached.v1"}[1h])) > 0',
        "0m",
        "{{ $labels.service }} 有案件超期",
        "A time limit was broken in {{ $labels.service }}",
        "doorstep report",
    ),
    Alert(
        "LedgerAlarm",
        "page",
        "doorstep_audit_alarms > 0",
        "0m",
        "审计发现缺口或矛盾",
        "The audit found a hole or a contradiction",
        "doorstep audit verify",
    ),
    Alert(
        "LedgerBehind",
        "ticket",
        "sum by (site) (max by (site, service) (doorstep_store_position))"
        ' - sum by (site) (max by (site, log) (doorstep_audit_heard{log!="audit"})) > 0',
        "5m",
        "审计账本落后于各服务的存储",
        "The ledger is behind the stores",
        "doorstep audit reconcile",
    ),
    Alert(
        "NotSealed",
        "page",
        "doorstep_audit_unsealed_seconds > 300",
        "0m",
        "{{ $labels.log }} 超过 5 分钟未封存",
        "{{ $labels.log }} has not been sealed for five minutes",
        "doorstep audit verify",
    ),
    Alert(
        "WitnessFails",
        "ticket",
        "doorstep_audit_witness_failing_seconds > 86400",
        "0m",
        "见证方一天未签 {{ $labels.log }}",
        "The witness has not signed {{ $labels.log }} for a day",
        "doorstep status",
    ),
    Alert(
        "CenterCut",
        "info",
        "doorstep_line_connected == 0",
        "1m",
        "中心 {{ $labels.line }} 断线",
        "Center {{ $labels.line }} is cut off",
    ),
    Alert(
        "CenterCutLong",
        "page",
        "doorstep_line_connected == 0",
        "4h",
        "中心 {{ $labels.line }} 断线超过 4 小时",
        "Center {{ $labels.line }} has been cut off for four hours",
    ),
    Alert(
        "CenterBehind",
        "page",
        "doorstep_line_behind_facts > 0 and on (line) doorstep_line_connected == 1",
        "15m",
        "中心 {{ $labels.line }} 在线但事实未汇集",
        "Facts of center {{ $labels.line }} do not arrive though it is connected",
    ),
    Alert(
        "DiskFull",
        "page",
        "doorstep_disk_used_ratio > 0.8",
        "5m",
        "磁盘已用超过八成；满后须重启消息服务器",
        "More than 80 % of the disk is used; a full one stops the broker",
        "doorstep doctor",
    ),
    Alert(
        "CertificateEnds",
        "ticket",
        f"doorstep_certificate_seconds_left < {MONTH}",
        "0m",
        "证书 {{ $labels.certificate }} 30 天内到期",
        "Certificate {{ $labels.certificate }} ends within 30 days",
        "doorstep doctor",
    ),
)


def written() -> str:
    """YAML, whose strings are JSON's."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# 由 deploy/watching/alerts.py 生成 / written from it: python -m deploy.watching.files"
    yield "groups:"
    yield "  - name: doorstep"
    yield "    rules:"
    for alert in ALERTS:
        yield f"      - alert: {alert.name}"
        yield f"        expr: {json.dumps(alert.expr)}"
        yield f"        for: {alert.wait}"
        yield f"        labels: {{severity: {alert.severity}}}"
        yield "        annotations:"
        for key, text in (("summary", f"{alert.zh} / {alert.en}"), ("first", alert.first)):
            yield f"          {key}: {json.dumps(text, ensure_ascii=False)}"
