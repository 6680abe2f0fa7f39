"""Loads and mines exported logs with pm4py, and prints what it found as JSON; run by an environment that has it.

python tests/audit/mine.py FOLDER SCHEMA    FOLDER: log.json, log.sqlite, log.xes, log.csv
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pm4py
from pm4py.objects.ocel.validation import ocel20_rel_validation


def object_centric(path: Path) -> dict[str, Any]:
    log = pm4py.read_ocel2(str(path))
    graph = pm4py.discover_ocdfg(log)
    nets = pm4py.discover_oc_petri_net(pm4py.filter_ocel_object_types(log, ["上门任务", "预约"]))
    return {
        "events": len(log.events), "objects": len(log.objects), "relations": len(log.relations),
        "object_relations": len(log.o2o), "changes": len(log.object_changes),
        "activities": log.events["ocel:activity"].value_counts().to_dict(),
        "object_types": log.objects["ocel:type"].value_counts().to_dict(),
        "graph_activities": sorted(graph["activities"]), "graph_types": sorted(graph["object_types"]),
        "edges": {kind: len(edges) for kind, edges in graph["edges"]["event_couples"].items()},
        "nets": {kind: sorted(one.label for one in net[0].transitions if one.label)
                 for kind, net in nets["petri_nets"].items()},
        "visits": len(pm4py.ocel_flattening(log, "上门任务")),
    }  # fmt: skip


def case_centric(log: Any) -> dict[str, Any]:
    graph, starts, ends = pm4py.discover_dfg(log)
    steps = log[log["kind"] == "step"]
    net = pm4py.discover_petri_net_inductive(steps)
    return {
        "events": len(log), "cases": log["case:concept:name"].nunique(),
        "follows": sum(graph.values()), "starts": sum(starts.values()), "ends": sum(ends.values()),
        "steps": sorted(steps["concept:name"].unique()),
        "transitions": sorted(one.label for one in net[0].transitions if one.label), "places": len(net[0].places),
        "fitness": pm4py.fitness_token_based_replay(steps, *net)["log_fitness"],
    }  # fmt: skip


def csv_log(path: Path) -> Any:
    rows = pd.read_csv(path)
    return pm4py.format_dataframe(rows, case_id="case", activity_key="activity", timestamp_key="timestamp")


def valid(folder: Path, schema: Path) -> dict[str, Any]:
    check = jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8")), format_checker=jsonschema.FormatChecker())
    satisfied, broken = ocel20_rel_validation.apply(str(folder / "log.sqlite"))
    faults = [each.message for each in check.iter_errors(json.loads((folder / "log.json").read_text("utf-8")))]
    return {"json_faults": faults[:3], "satisfied": len(satisfied), "broken": broken}


def main(folder: Path, schema: Path) -> dict[str, Any]:
    found: dict[str, Callable[[], Any]] = {
        "json": lambda: object_centric(folder / "log.json"),
        "sqlite": lambda: object_centric(folder / "log.sqlite"),
        "xes": lambda: case_centric(pm4py.read_xes(str(folder / "log.xes"))),
        "csv": lambda: case_centric(csv_log(folder / "log.csv")),
        "valid": lambda: valid(folder, schema),
    }
    return {name: find() for name, find in found.items()} | {"version": pm4py.__version__}


if __name__ == "__main__":
    print("\n" + json.dumps(main(*map(Path, sys.argv[1:])), ensure_ascii=False, default=str))  # noqa: T201  # this is the answer
