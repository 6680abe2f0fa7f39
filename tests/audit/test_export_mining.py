"""The pm4py of the day loads what is exported, and mines it. `make mining`; passed over where it is not installed."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from deploy.auditing.book import book
from deploy.mining.events import CASE, activity, kind_of
from deploy.supervisor import ROOT
from tests.audit.test_export import copied, export

HERE = Path(__file__).parent
NAMED = os.environ.get("DOORSTEP_MINING_VENV")
PYTHON = Path(NAMED or ROOT / ".venv-mining") / "bin" / "python"
pytestmark = [
    pytest.mark.nats,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not NAMED and not PYTHON.exists(), reason="pm4py is not installed: make mining"),
]


@pytest.fixture(scope="module")
def mined(month, tmp_path_factory):
    """What pm4py found, and the facts themselves."""
    site, out = copied(month, tmp_path_factory), tmp_path_factory.mktemp("mined")
    assert export(site, out) == 0
    told = subprocess.run(
        [PYTHON, HERE / "mine.py", out, HERE / "ocel20.schema.json"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr[-3000:]
    with book(site) as ledger:
        return json.loads(told.stdout.splitlines()[-1]), list(ledger.facts())


def test_both_forms_are_valid_by_the_standard(mined):
    found, _ = mined
    assert found["valid"] == {"json_faults": [], "satisfied": 24, "broken": []}


@pytest.mark.parametrize("form", ["json", "sqlite"])
def test_every_fact_and_every_object_is_loaded_from_ocel(mined, form):
    found, facts = mined
    assert found[form]["events"] == len(facts)
    assert found[form]["activities"] == Counter(activity(fact["type"], "zh") for fact in facts)
    count = found[form]["object_types"]
    assert count["办件"] == sum(fact["type"] == "request_registered.v1" for fact in facts)
    assert count["时限"] == sum(fact["type"] == "deadline_set.v1" for fact in facts)
    assert count["上门任务"] == len({fact["subject"] for fact in facts if fact["subject"].startswith("visit/")})
    assert found[form]["objects"] == sum(count.values())


def test_both_forms_of_ocel_are_one_log(mined):
    found, _ = mined
    assert {k: v for k, v in found["json"].items() if k != "edges"} == {
        k: v for k, v in found["sqlite"].items() if k != "edges"
    }  # what happened at one moment has no order in a relational log, so the graphs' edges may differ
    assert min(found["json"][name] for name in ("relations", "object_relations", "changes")) > 0


def test_an_object_centric_graph_and_nets_are_discovered(mined):
    found, facts = mined
    of_visits = {activity(fact["type"], "zh") for fact in facts if fact["subject"].startswith("visit/")}
    graph = found["sqlite"]
    assert set(graph["graph_activities"]) == set(graph["activities"])
    assert set(graph["graph_types"]) == set(graph["object_types"])
    assert graph["edges"]["上门任务"] > len(of_visits)
    assert set(graph["nets"]["上门任务"]) >= of_visits
    assert graph["visits"] >= sum(fact["subject"].startswith("visit/") for fact in facts)


@pytest.mark.parametrize("form", ["xes", "csv"])
def test_a_graph_and_a_petri_net_are_discovered_that_every_case_fits(mined, form):
    found, facts = mined
    of_cases = [fact for fact in facts if CASE.fullmatch(fact["case"])]
    cases, log = {fact["case"] for fact in of_cases}, found[form]
    assert (log["events"], log["cases"]) == (len(of_cases), len(cases))
    assert (log["starts"], log["ends"], log["follows"]) == (len(cases), len(cases), len(of_cases) - len(cases))
    assert set(log["steps"]) == {activity(fact["type"], "zh") for fact in of_cases if kind_of(fact) == "step"}
    assert log["transitions"] == log["steps"]
    assert log["places"] > 2
    assert log["fitness"] == pytest.approx(1.0)
