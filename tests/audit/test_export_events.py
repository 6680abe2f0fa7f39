"""What of a fact goes into a log for process mining, and what does not: on one example of every kind of fact."""

import json
import re
from datetime import datetime

import pytest

from deploy.auditing.book import Period
from deploy.desks import parts_of
from deploy.facts import SERVICES
from deploy.mining.events import TOKEN, activity, allowed, base, event, select, shown
from deploy.mining.ocel import object_centric
from shared.words import catalogue
from tests.golden import Golden

SAMPLES = {kind: data for service in SERVICES for kind, data in Golden(service).samples.items()}
CASE, OTHER = "SMFW-620105-20260302-0003-K", "SMFW-620105-20260402-0001-K"
REF = "94422fb75e15966b7d1c584175605848"
AT = "2026-03-02T09:25:00+08:00"


def document(kind, data, stream=f"request/{CASE}", case=CASE, **about):
    envelope = {"id": f"/620105/intake/{stream}/1", "source": "/620105/intake", "type": kind, "subject": stream,
                "time": AT, "case": case, "actor": "clerk:A01", "causationid": "c1", "rules": "1", "recordedat": AT,
                "timing": "exact", "origin": "live", "data": data}  # fmt: skip
    return envelope | about


def said(kind, data, **about):
    return event(document(kind, data, **about), "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_fact_has_an_activity_of_its_own(language):
    kinds = {kind.type for service in SERVICES for decider in parts_of(service).deciders for kind in decider.facts}
    assert [kind for kind in kinds if base(kind) not in catalogue()["activity"]] == []
    names = {activity(kind, language) for kind in kinds}
    assert len(names) == len(kinds) > len(SAMPLES)
    assert language == "en" or all(re.fullmatch(r"[一-鿿]{2,12}", name) for name in names)


@pytest.mark.parametrize("kind", SAMPLES)
def test_of_a_fact_only_codes_of_the_catalogue_numbers_and_moments_go_out(kind):
    codes = {code for name, section in catalogue().items() if name.startswith("codes_") for code in section}
    for name, value in said(kind, SAMPLES[kind]).said.items():
        if name in SAMPLES[kind] and isinstance(value, str):
            assert datetime.fromisoformat(value) if "T" in value and ":" in value else set(value.split(";")) <= codes


@pytest.mark.parametrize(
    ("name", "value"),
    [("reason", "腿脚不便"), ("reason", "sealed:v1:x:y"), ("by", "王芳"), ("level", "620105194503120014"),
     ("due_at", "13900008016"), ("urgent", "yes"), ("round", True), ("person_ref", REF), ("sex", "f"),
     ("age_band", "80_plus"), ("needs", ["wheelchair"]), ("verify_code", "584095"), ("text", "A2"),
     ("codes", ["115", "很差"])],
)  # fmt: skip
def test_what_is_not_of_its_kind_or_not_on_the_list_stays_in_the_house(name, value):
    assert allowed(name, value) is None


def test_a_rule_that_was_broken_is_named_without_the_words_of_whoever_broke_it():
    broken = said("rule_deviated.v1", {"rule": "V-02", "how": "overridden", "reason": "老人不在家"})
    assert broken.rule == "V-02"
    assert "老人不在家" not in json.dumps(broken.attributes(), ensure_ascii=False)


@pytest.mark.parametrize("stream", [f"application/{REF}", f"subject/{REF}", f"access/{REF}", "risk_flag/XS-7",
                                    "fees/620105-13900008016", "fees/wang.fang"])  # fmt: skip
def test_a_stream_whose_key_may_lead_to_a_person_is_hidden_from_ids_and_is_no_object(stream):
    fact = document("application_opened.v1", {"matter": "MT-OLDAGE", "number": CASE}, stream, case="-")
    registered = document("request_registered.v1", SAMPLES["request_registered.v1"])
    log = object_centric([registered, fact], select([registered, fact], None), "zh")
    key = stream.partition("/")[2]
    assert [each.id for each, _ in log.events if key in each.id] == []
    assert [thing.id for thing in log.objects if key in thing.id] == []
    hidden = next(relations for each, relations in log.events if each.type == "application_opened.v1")
    assert {relation.target for relation in hidden} == {CASE, "matter/MT-OLDAGE", "staff_member/620105-A01"}


def test_two_facts_of_a_hidden_stream_have_two_ids():
    ids = {shown(f"/620105/intake/application/{REF}/{version}") for version in (1, 2)}
    assert len(ids) == 2
    assert not any(TOKEN.search(each) for each in ids)


def test_a_moment_that_was_not_recorded_is_marked_and_never_made_more_exact():
    unsure = event(document("visit_planned.v1", {}, timing="not_recorded"), "zh")
    assert (unsure.time, unsure.attributes()["timing"]) == (AT, "not_recorded")


def test_whoever_did_it_is_named_by_code_and_citizens_are_not_named():
    assert said("request_accepted.v1", {}).resource == "A01"
    assert said("return_visit_attempted.v1", {"by": "D01"}, actor="importer:ledger").resource == "D01"
    for actor in ("applicant:13900008016", "clerk:zhang.wei"):
        other = said("evaluation_submitted.v1", {}, actor=actor)
        assert (other.resource, other.role) == (None, actor.partition(":")[0])


def test_the_cause_of_a_reaction_is_the_event_that_it_followed_from():
    followed = said("visit_planned.v1", {}, causationid=f"when_x_do_y:/620105/scheduling/appointment/{CASE}/7")
    assert followed.said["cause"] == f"/620105/scheduling/appointment/{CASE}/7"
    assert "cause" not in said("visit_planned.v1", {}, causationid="13900008016").said


def test_a_period_takes_the_whole_lives_of_the_cases_registered_in_it_and_no_other_case():
    registered = [
        document("request_registered.v1", SAMPLES["request_registered.v1"]),
        document("request_registered.v1", SAMPLES["request_registered.v1"], f"request/{OTHER}", OTHER,
                 time="2026-04-02T09:25:00+08:00"),
    ]  # fmt: skip
    later = document("request_completed.v1", {}, time="2026-04-20T09:25:00+08:00", id="later")
    plan = document("place_taken.v1", {"case": OTHER}, "day_plan/620105-20260302", "620105-20260302", id="plan")
    chosen = select([*registered, later, plan], Period.parse("2026-03"))
    assert list(chosen.outcomes) == [CASE]
    assert [fact["id"] for fact in chosen.facts] == [registered[0]["id"], "later"]


def test_an_object_s_state_is_that_of_the_service_s_own_decider():
    facts = [
        document("request_registered.v1", SAMPLES["request_registered.v1"]),
        document("request_withdrawn.v1", {}, id="2", time="2026-03-02T10:25:00+08:00"),
    ]
    log = object_centric(facts, select(facts, None), "zh")
    request = next(thing for thing in log.objects if thing.type == "request")
    assert request.initial["state"] == "NotRegistered"
    assert [(change.time, change.value) for change in request.changes] == [
        (AT, "Registered"), ("2026-03-02T10:25:00+08:00", "Withdrawn"),
    ]  # fmt: skip


def test_a_clock_s_run_is_an_object_with_what_became_of_it():
    stamp = {"clock": "T02", "due_at": "2026-03-03T17:30:00+08:00"}
    started = stamp | {"starts_at": AT, "limit": "T02"}
    facts = [
        document("request_registered.v1", SAMPLES["request_registered.v1"]),
        *(document(kind, data, id=f"{n}", time=f"2026-03-0{n}T10:00:00+08:00") for n, (kind, data) in enumerate(
            [("deadline_set.v1", started), ("deadline_breached.v1", stamp),
             ("deadline_met.v1", stamp | {"late": True, "met_at": AT}), ("deadline_set.v1", started),
             ("deadline_met.v1", stamp | {"late": False, "met_at": AT})], 2)),
    ]  # fmt: skip
    log = object_centric(facts, select(facts, None), "zh")
    first, second = (thing for thing in log.objects if thing.type == "clock")
    assert [change.value for change in first.changes] == ["running", "breached", "late"]
    assert [change.value for change in second.changes] == ["running", "met"]
    assert {relation.target for relation in first.relations} == {f"request/{CASE}"}
