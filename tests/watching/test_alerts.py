"""Rules and dashboard ask for figures that there are; each rule is silent when all is well and heard when not."""

import json
import re
from collections import defaultdict

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.gathering import Gathered
from deploy.processes import Known
from deploy.running import Running
from deploy.watching.alerts import ALERTS
from deploy.watching.dashboard import PANELS
from deploy.watching.exporter import samples
from deploy.watching.files import FILES
from deploy.watching.frame import Frame
from services.audit import watching
from tests.watching.promql import NotUnderstood, Query
from tests.watching.test_watch import NOW, told

STEP, LONG = 30, 5 * 3600
BY_NAME = {alert.name: alert for alert in ALERTS}
GROW = {"doorstep_commits_failed_total", "doorstep_facts_total", "doorstep_effects", "doorstep_process_restarts",
        "faststream_received_processed_messages_total"}  # fmt: skip


def asked(expr):
    return Query.of(expr.replace("$site", ".*").replace("$__rate_interval", "1m"))


QUERIES = [(alert.name, asked(alert.expr)) for alert in ALERTS]
SHOWN = [(panel.en, asked(expr)) for panel in PANELS for expr, _ in panel.queries]


@pytest.fixture(scope="module")
def calm(month, tmp_path_factory):
    """The figures of a month, of a hub with two lines, of a witness; all is well: (name, labels) -> value."""
    found = {("up", frozenset({("job", "doorstep"), ("service", "intake")})): 1.0}
    for path in sorted(month.folder.glob("*.prom")):
        of = {"site": "620105", "service": path.stem}
        for family in text_string_to_metric_families(path.read_text("utf-8")):
            for one in family.samples:
                found[one.name, frozenset({*one.labels.items(), *of.items()})] = one.value
    for each in [*hub(tmp_path_factory.mktemp("hub")), *witnessed()]:
        for one in each.family.samples:
            found.setdefault((one.name, frozenset(one.labels.items())), float(one.value))
    found["doorstep_disk_used_ratio", frozenset()] = 0.5  # whatever this machine's is
    for name, labels in found:
        if name == "doorstep_clocks" and ("state", "at_risk") in labels:
            found[name, labels] = 0.0  # at the month's end there are some
    of = {"site": "620105", "service": "intake", "command": "accept_request", "outcome": "refused", "rule": "A01"}
    found["doorstep_commands_total", frozenset(of.items())] = 1.0  # in the month nobody is
    return found


def hub(folder):
    us = Known.of(1)
    running = Running(folder, "hub", "hub", "live", "", up=True, supervisor=us, processes={"audit": us}, restarts={})
    (folder / "tls").mkdir()
    lines = [Gathered("620102", True, 10, 0, 0.3), Gathered("620103", True, 10, 0, 0.5)]
    well = Frame("hub", "hub", NOW, True, {"intake": told()}, {"alarms": []}, lines)
    found = samples(well, running)
    left = next(each for each in found if each.family.name == "doorstep_certificate_seconds_left")
    left(90 * 86400, "tls/line.crt")
    return found


def witnessed():
    log = {"heard": 5, "sealed": 5, "sealed_at": None, "witness": {"witnessed": 5, "failing_since": None, "why": None}}
    standing = {"logs": {"intake": log}, "alarms": []}
    return [each for each in watching._samples(standing) if "witness" in each.family.name]


def over_time(query, now, grows=(), **changed):
    """What the query asks for, over so many hours, changed from the second look on.

    `changed`: metric -> (labels of those that are, to what; None: gone). `grows`: those that grow by it at every look.
    """
    series = defaultdict(dict)
    for (name, labels), value in now.items():
        of, wrong = changed.get(name, ({None}, 0))
        if name not in query.metrics or (of <= set(labels) and wrong is None):
            continue
        points = [(at, value) for at in range(0, LONG + 1, STEP)]
        if of <= set(labels):
            points[1:] = [(at, value + wrong * at / STEP if name in grows else wrong) for at, _ in points[1:]]
        series[name][labels] = points
    return series


def fires(alert, now, faults):
    """At every look for as long as it must be so."""
    query, wait = Query.of(alert.expr), int(alert.wait[:-1]) * {"m": 60, "h": 3600}[alert.wait[-1]]
    series = over_time(query, now, GROW, **faults)
    return all(query.at(series, at) for at in range(LONG - wait, LONG + 1, max(STEP, wait // 10)))


FAULTS = {
    "FiguresMissing": {"up": (set(), 0)},
    "SiteUnwatched": {"doorstep_broker_up": (set(), None)},
    "ProcessDown": {"doorstep_process_up": (set(), 0)},
    "ProcessRestarts": {"doorstep_process_restarts": (set(), 1)},
    "ServiceSilent": {"doorstep_answers": ({("service", "intake")}, 0)},
    "BrokerDown": {"doorstep_broker_up": (set(), 0)},
    "OutboxStopped": {"doorstep_outbox_stopped": ({("service", "visits")}, 1)},
    "StreamAheadOfStore": {"doorstep_outbox_position": ({("service", "visits")}, 10**6)},
    "FactsUnpublished": {"doorstep_outbox_oldest_unpublished_seconds": ({("service", "visits")}, 61)},
    "CommitsFail": {"doorstep_commits_failed_total": ({("service", "intake")}, 1)},
    "CommandsTurnedAway": {"faststream_received_processed_messages_total": ({("status", "rejected")}, 1)},
    "ReactionLags": {"doorstep_reaction_lag_seconds": ({("upstream", "620105.visits")}, 31)},
    "ReactionNeverCatchesUp": {"doorstep_reaction_lag_facts": ({("upstream", "620105.visits")}, 2)},
    "LettersHeld": {"doorstep_reaction_held": ({("upstream", "620105.visits")}, 1)},
    "DeadLetters": {"doorstep_letters": ({("state", "dead"), ("service", "feedback")}, 1)},
    "MessagesWait": {"doorstep_effects": ({("state", "pending"), ("service", "intake")}, 1)},
    "MessagesExpired": {"doorstep_effects": ({("state", "expired"), ("service", "intake")}, 1)},
    "ClocksAtRisk": {"doorstep_clocks": ({("state", "at_risk")}, 1)},
    "ClocksBreached": {"doorstep_facts_total": ({("type", "deadline_breached.v1")}, 1)},
    "LedgerAlarm": {"doorstep_audit_alarms": (set(), 1)},
    "LedgerBehind": {"doorstep_audit_heard": ({("log", "visits")}, 5)},
    "NotSealed": {"doorstep_audit_unsealed_seconds": ({("log", "visits")}, 301)},
    "WitnessFails": {"doorstep_audit_witness_failing_seconds": (set(), 86401)},
    "CenterCut": {"doorstep_line_connected": ({("line", "620102")}, 0)},
    "CenterCutLong": {"doorstep_line_connected": ({("line", "620102")}, 0)},
    "CenterBehind": {"doorstep_line_behind_facts": ({("line", "620102")}, 7)},
    "DiskFull": {"doorstep_disk_used_ratio": (set(), 0.81)},
    "CertificateEnds": {"doorstep_certificate_seconds_left": (set(), 29 * 86400)},
}


@pytest.mark.parametrize("alert", ALERTS, ids=list(BY_NAME))
def test_a_rule_is_silent_while_all_is_well_and_heard_when_it_is_not(alert, calm):
    query = Query.of(alert.expr)
    assert not query.at(over_time(query, calm), LONG)
    assert fires(alert, calm, FAULTS[alert.name])


def test_a_center_that_is_cut_off_and_behind_is_not_called_stuck(calm):
    line = {("line", "620102")}
    cut = {"doorstep_line_behind_facts": (line, 7), "doorstep_line_connected": (line, 0)}
    assert not fires(BY_NAME["CenterBehind"], calm, cut)


def test_every_figure_that_is_asked_for_is_told_by_somebody(calm):
    there = {name for name, _ in calm}
    for name, query in [*QUERIES, *SHOWN]:
        assert query.metrics, name
        assert query.metrics <= there, name


def test_every_panel_shows_something_of_the_month(calm):
    counters = {name: (set(), 1) for name, _ in calm if name.endswith(("_total", "_count", "_sum", "_bucket"))}
    assert [name for name, query in SHOWN if not query.at(over_time(query, calm, counters, **counters), LONG)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_are_what_the_code_says(path):
    assert path.read_text("utf-8") == FILES[path](), "python -m deploy.watching.files"


def test_the_panels_lie_side_by_side_and_none_upon_another():
    page = json.loads(next(path for path in FILES if path.suffix == ".json").read_text("utf-8"))
    cells = [(x, y) for panel in page["panels"] for at in [panel["gridPos"]]
             for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]  # fmt: skip
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in page["panels"]}) == len(page["panels"])


def test_every_label_in_a_sentence_is_one_that_the_rule_has(calm):
    for alert in ALERTS:
        said = set(re.findall(r"\$labels\.(\w+)", alert.zh + alert.en))
        query = Query.of(alert.expr)
        for labels in query.at(over_time(query, calm, GROW, **FAULTS[alert.name]), LONG):
            assert said <= dict(labels).keys(), alert.name


@pytest.mark.parametrize("text", ["a >", "sum by (a", "rate(a)", "nobody(a)", 'a{b~"c"}', "a b", "a[5m", "a ^ b"])
def test_what_is_no_query_is_not_understood(text):
    with pytest.raises(NotUnderstood):
        Query.of(text)


def of(**labels):
    return frozenset(labels.items())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(a)", {of(): 5.0}),
        ("sum by (x) (a) > 2", {of(x="2"): 3.0}),
        ("max(a) - 1", {of(): 2.0}),
        ('a{x="1"} / on_top', {}),
        ("rate(c[1m])", {of(): 1.5}),
        ("increase(c[1m])", {of(): 90.0}),
        ('a{x=~"1|3"}', {of(x="1"): 2.0}),
        ("absent(b)", {of(): 1.0}),
        ("histogram_quantile(0.5, h_bucket)", {of(): 1.5}),
    ],
)
def test_a_query_is_worked_out_as_prometheus_would(text, value):
    series = {
        "a": {of(x="1"): [(60, 2.0)], of(x="2"): [(60, 3.0)]},
        "c": {of(): [(0, 10.0), (30, 70.0), (60, 30.0)]},  # begun anew between
        "h_bucket": {of(le="1"): [(60, 2.0)], of(le="2"): [(60, 6.0)], of(le="+Inf"): [(60, 8.0)]},
    }
    assert Query.of(text).at(series, 60) == value
