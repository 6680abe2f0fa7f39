"""What the free texts of a row mean: the codes of DOMAIN 8 that are recognised in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.ledger import codes
from deploy.ledger.cells import folded, number_before, split_words
from deploy.ledger.problems import Flawed


def meanings(values: dict[str, Any]) -> Iterator[tuple[str, Flawed]]:
    """Add the codes that free texts stand for; a note where a text is left without one. The text is kept anyway."""
    said = {name: folded(values[name] or "") for name in values if name.endswith("_text")}

    def coded(
        heading: str, rule: str, text: str, patterns: Mapping[str, str], name: str
    ) -> Iterator[tuple[str, Flawed]]:
        values[name] = codes.recognise(patterns, said[text])
        if said[text] and values[name] is None:
            yield heading, _unrecognised(rule)

    values["needs"] = None
    if said["needs_text"]:
        needs = [(codes.recognise(codes.NEEDS, word)) for word in split_words(said["needs_text"])]
        values["needs"] = tuple(need for need in needs if need)
        if None in needs:
            yield "特殊需求", _unrecognised("I-03")

    values["decision_code"] = codes.DECISION_CODES.get(values["decision"])
    values["redirect"] = None
    if values["decision"] in {"declined", "redirected", "transferred"}:
        yield from coded("答复说明", "R-08", "decision_text", codes.DECLINES, "decision_code")
        values["redirect"] = codes.recognise(codes.REDIRECTS, said["decision_text"])

    yield from coded("改约原因", "S-10", "reschedule_text", codes.RESCHEDULES, "reschedule_code")

    incident, outcome = said["incident_text"], values["outcome"]
    values["end_code"] = codes.OUTCOME_END_CODES.get(outcome)
    values["incident_code"] = codes.recognise(codes.INCIDENTS, incident)
    values["absence_code"] = codes.recognise(codes.ABSENCES, incident) if outcome == "not_met" else None
    if outcome == "aborted":
        yield from coded("异常情况", "V-17", "incident_text", codes.ABORTS, "end_code")
    elif incident and not values["incident_code"] and not values["absence_code"]:
        yield "异常情况", _unrecognised("X-09")
    values["waited_minutes"] = number_before("分钟", incident)
    values["calls"] = number_before("次电话", incident)
    values["emergency_call"] = next((call for call in ("120", "110", "119") if call in incident), None)

    yield from coded("回访结果", "F-03", "return_visit_text", codes.RETURN_VISITS, "return_visit")
    values["return_visit_tries"] = number_before("次", said["return_visit_text"])
    yield from _rating_codes(values, said["rating_text"])
    yield from coded("投诉内容", "C-02", "complaint_text", codes.COMPLAINTS, "complaint_code")
    yield from coded("投诉处理结果", "C-08", "finding_text", codes.FINDINGS, "finding")
    measures = codes.recognise_all(codes.MEASURES, said["finding_text"])
    values["measures"] = measures if said["finding_text"] else None


def _rating_codes(values: dict[str, Any], said: str) -> Iterator[tuple[str, Flawed]]:
    found = codes.leading_codes(said)
    values["rating_codes"] = found or (() if said else None)
    if not codes.RATING_REASONS.issuperset(found):
        yield (
            "评价原因",
            Flawed(
                rule="E-04",
                kind="unknown_code",
                zh="评价原因代码不在全国及本地清单中",
                en="a rating reason code that neither the national nor the local list has",
                do_zh="按清单改正代码",
                do_en="correct the code from the list",
            ),
        )


def _unrecognised(rule: str) -> Flawed:
    return Flawed(
        rule=rule,
        kind="unrecognised",
        severity="note",
        zh="文字已照录，但看不出对应哪个代码",
        en="the text is kept, but no code was recognised in it",
        do_zh="需要统计时由人工补代码",
        do_en="a person may add the code, if it is to be counted",
    )
