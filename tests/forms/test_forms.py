"""Paper forms: each rests on a fact, says what the facts say, leaves a line for the rest, and needs nothing else."""

import re
import shutil
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from deploy.forms.catalogue import Form, load_forms
from deploy.forms.page import NoGround, blank_of, ground_of, number_of, render
from deploy.forms.people import named_in
from deploy.forms.values import TOKENS, about
from services.intake.papers import paper_number
from services.vault.access import FIELDS, PURPOSES
from shared.identifiers import parse_case_number
from shared.phrases import TabooPhrase, load_language
from shared.words import catalogue
from tests.forms.papers import CASE, document, nouns, samples, whole_case
from tests.given import anning, obligation

CENTER = Path(__file__).parents[2] / "deploy/centers/620105"
FORMS, LANGUAGE = load_forms(CENTER), load_language(CENTER)
KINDS = sorted(FORMS.forms)
OWN = {"ground", "case", "center", "team", "due", "phrase", "prepare", "line", *TOKENS}


def printed(kind: str, facts=None, opened=None, form: Form | None = None) -> str:
    return render(form or FORMS.forms[kind], whole_case() if facts is None else facts, anning(), LANGUAGE,
                  FORMS, date(2026, 3, 2), opened)  # fmt: skip


@cache
def fields() -> dict[str, set[str]]:
    from deploy.desks import parts_of  # noqa: PLC0415  # all services at once: only where they are needed
    from deploy.facts import SERVICES  # noqa: PLC0415

    return {
        fact.type: set(fact.model_fields)
        for service in SERVICES for decider in parts_of(service).deciders for fact in decider.facts
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_paper_is_printed_whole_and_needs_nothing_from_elsewhere(kind):
    page = printed(kind)
    form = FORMS.forms[kind]
    assert f"<h1>{form.title}</h1>" in page
    assert number_of(form, whole_case()) in page
    assert all(f">{label.removeprefix('?')}<" in page for label, _ in form.rows if not label.startswith("?"))
    assert "@page" in page
    assert not re.search(r"https?:|src=|@import|url\(|<script|<link", page)
    assert not re.search(r"[{}]|sealed:|None|未记录|\ue000", page.partition("</style>")[2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_without_the_fact_gets_no_such_paper(kind):
    grounds = FORMS.forms[kind].grounds
    others = [fact for fact in whole_case() if fact["type"] not in grounds]
    with pytest.raises(NoGround):
        printed(kind, others)
    assert all(catalogue()["grounds"][ground].keys() == {"zh", "en"} for ground in grounds)
    assert catalogue()["forms"][kind]["zh"] == FORMS.forms[kind].title


@pytest.mark.parametrize("kind", KINDS)
def test_every_blank_is_a_field_of_a_fact_that_there_is(kind):
    form = FORMS.forms[kind]
    places = [name for text in form.texts for _, name, _, _ in Formatter().parse(text) if name]
    places += [*form.lists, form.number, form.explain]
    for place in filter(None, places):
        name, _, attribute = place.partition(".")
        root = name.partition("[")[0]
        if root == "ground":
            assert attribute in {"at", "day", "who"} or any(attribute in fields()[each] for each in form.grounds), place
        elif root not in OWN:
            assert attribute in fields()[f"{root}.v1"] | {"at", "day", "who"}, place
    assert set(form.grounds) <= fields().keys()
    if form.table:
        assert {name for _, name in form.table.columns if name[0] != "@"} <= fields()[form.table.of[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_each_paper_names_obligations_of_the_center(kind):
    assert FORMS.forms[kind].rules
    assert set(FORMS.forms[kind].rules) <= set(anning().rules)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_of_the_vault_is_what_the_paper_shows_and_its_purpose_allows(kind):
    form = FORMS.forms[kind]
    blanks = [name for text in form.texts for _, name, _, _ in Formatter().parse(text) if name]
    shown = {name.partition(".")[2] for name in blanks if name.partition(".")[0] in TOKENS}
    assert shown == set(form.person)
    assert form.purpose in PURPOSES
    assert shown <= set(anning().lists.get(f"vault.fields.{form.purpose}", FIELDS))


def test_a_paper_has_the_number_of_the_case_under_its_own_prefix_with_its_own_check_character():
    facts = [fact for fact in whole_case() if fact["type"] == "visit_released.v1"]
    number = number_of(FORMS.forms["dispatch"], facts)
    assert number == paper_number("PD", CASE)
    assert parse_case_number(number).serial == parse_case_number(CASE).serial


def test_papers_of_a_second_visit_and_of_a_second_complaint_are_told_apart():
    again = document("follow_up_planned.v1", {"round": 2})
    assert number_of(FORMS.forms["continuation"], [again]) == f"{paper_number('XB', CASE)}.2"
    reply = document("complaint_replied.v1", samples()["complaint_replied.v1"], key=f"{CASE}.2")
    assert number_of(FORMS.forms["complaint-reply"], [reply]) == f"{paper_number('TS', CASE)}.2"


def test_the_number_that_was_given_out_with_the_notice_is_the_number_of_the_paper():
    given = document("one_time_notification_issued.v1", samples()["one_time_notification_issued.v1"])
    assert number_of(FORMS.forms["notification"], [given]) == given["data"]["notice_no"]


def test_a_notification_lists_each_defect_and_each_proof_and_its_day():
    page = printed("notification")
    assert all(word in page for word in ("照片不合格", "缺户口簿复印件", "医院证明"))
    assert re.findall(r"<tr><td>(\d)</td>", page) == ["1", "2", "3"]


def test_what_is_personal_is_a_line_until_the_vault_gave_it_out():
    by_hand = printed("receipt")
    assert '<p class="to"><span class="blank"></span>：</p>' in by_hand
    assert "甲乙丙" in printed("receipt", opened={"person": {"name": "甲乙丙", "phone": "13900000000"}})
    assert named_in(FORMS.forms["receipt"], whole_case()).keys() == {"person", "agent"}
    assert named_in(FORMS.forms["complaint-reply"], whole_case()).keys() >= {"complainant"}


def test_what_somebody_wrote_cannot_change_the_page():
    page = printed("receipt", opened={"person": {"name": "<b>甲&乙</b>"}})
    assert "&lt;b&gt;甲&amp;乙&lt;/b&gt;" in page


def test_the_corrected_person_counts_and_the_last_extension_is_the_due_day():
    facts = [
        document("request_registered.v1", samples()["request_registered.v1"]),
        document("decision_extended.v1", {"reason": "nobody_has_a_word", "approved_by": "chief:F03"}, minute=9),
        document("deadline_set.v1", {"clock": "T17", "due_at": "2026-03-16T17:30:00+08:00"}),
        document("deadline_extended.v1", {"clock": "T17", "due_at": "2026-03-30T17:30:00+08:00",
                                          "was_due_at": "2026-03-16T17:30:00+08:00"}, minute=9),
    ]  # fmt: skip
    page = printed("extension", facts)
    assert "<th>原办理期限</th><td>2026年3月16日</td>" in page
    assert "<th>延长后的办理期限</th><td>2026年3月30日</td>" in page
    assert "补正期限" not in page  # this case has no such period
    assert '<th>延长的原因</th><td class="empty"></td>' in page  # a code is not handed to anybody


def test_a_paper_has_the_day_of_what_it_rests_on_and_says_when_it_was_printed():
    page = printed("receipt", [document("request_registered.v1", samples()["request_registered.v1"])])
    assert "<p>2026年3月2日</p></div>" in page
    assert "2026年3月2日打印" in page


def test_extensions_of_the_decision_and_of_the_supplement_are_papers_of_their_own():
    assert "补正期限" not in printed("extension")
    assert "办理期限" not in printed("supplement-extension")
    assert "<th>批准人</th><td>首席代表 F03</td>" in printed("supplement-extension")


CARRIED = sorted(kind for kind, form in FORMS.forms.items() if form.carried)


@pytest.mark.parametrize("kind", CARRIED)
def test_a_blank_is_taken_along_with_nothing_on_it_that_is_found_out_at_the_door(kind):
    form, known = blank_of(FORMS.forms[kind], whole_case())
    page = printed(kind, known, form=form)
    assert "空白文书，供现场填写" in page
    assert CASE in page
    assert "户口迁移" in page or "{request_registered.matter}" not in str(form.texts)
    assert page.count('class="blank"') + page.count('class="empty"') >= 3
    assert not any(fact["type"] in FORMS.forms[kind].grounds for fact in known)


def test_what_is_handed_over_at_the_door_can_be_taken_along():
    assert set(CARRIED) >= {"onsite-notification", "materials", "service-record", "power-of-attorney", "consent",
                            "inquiry", "transfer-list", "delivery"}  # fmt: skip
    assert not {"refusal", "decision", "complaint-reply", "receipt"} & set(CARRIED)


def test_a_reply_speaks_of_its_own_complaint_only():
    first = document(
        "complaint_received.v1", samples()["complaint_received.v1"] | {"category": "CT08"}, key=f"{CASE}.1"
    )
    second = document("complaint_received.v1", samples()["complaint_received.v1"] | {"category": "CT13"},
                      key=f"{CASE}.2", minute=5)  # fmt: skip
    reply = document("complaint_replied.v1", samples()["complaint_replied.v1"], key=f"{CASE}.1", minute=9)
    page = printed("complaint-reply", [first, second, reply])
    assert "空岗" in page
    assert "业务差错" not in page
    assert about([first, second, reply], reply) == [first, reply]


def test_a_refusal_says_how_to_seek_remedy_for_the_way_that_is_named():
    declined = samples()["request_declined.v1"]
    named = {"RM-REVIEW": "六十日内依法申请行政复议", "RM-LAWSUIT": "六个月内依法提起行政诉讼"}
    for remedy, says in named.items():
        page = printed("refusal", [document("request_declined.v1", declined | {"remedy": remedy})])
        assert says in page
        assert not any(other in page for other in named.values() if other != says)


def test_materials_show_when_each_was_given_back():
    taken = [
        document("material_taken.v1", {"item": item, "copies": 1, "original": True}) for item in ("id_card", "photo")
    ]
    back = document("material_returned.v1", {"item": "id_card", "copies": 1, "original": True}, minute=30)
    page = printed("materials", [*taken, back])
    assert page.count("03-02 09:50") == 1


@obligation("L-01")
def test_L01_the_confirmation_begins_with_what_is_said_on_the_phone():
    assert "我是安宁区政务服务中心工作人员，工号F01" in printed("confirmation")


@obligation("L-05")
def test_L05_the_team_carries_what_is_said_at_the_door():
    assert "请问可以进来吗" in printed("dispatch")


@obligation("L-07")
def test_L07_the_service_record_asks_to_check_before_signing_and_to_rate_if_one_likes():
    page = printed("service-record")
    assert "请您核对，无误请签名" in page
    assert page.index("请您核对") < page.index("申请人（签名或捺印）")


@obligation("L-02")
def test_L02_the_notification_says_why_it_is_given_once_and_whom_to_call():
    assert all(part in printed("notification") for part in ("为了您只办一次", "随时拨打12345"))


@obligation("L-08")
def test_L08_the_refusal_expresses_regret_and_names_another_way():
    assert all(part in printed("refusal") for part in ("很抱歉，这件事按规定", "我们来帮您联系"))


def test_a_center_whose_paper_holds_a_taboo_phrase_has_no_papers(tmp_path):
    for name in ("forms.toml", "language.toml"):
        shutil.copy(CENTER / name, tmp_path)
    text = (tmp_path / "forms.toml").read_text("utf-8")
    (tmp_path / "forms.toml").write_text(text.replace("特此告知。", "不行就是不行。"), "utf-8")
    with pytest.raises(TabooPhrase, match="special-procedure"):
        load_forms(tmp_path)


def test_the_last_ground_counts():
    booked = document("appointment_booked.v1", samples()["appointment_booked.v1"])
    assigned = document("team_assigned.v1", samples()["team_assigned.v1"], minute=5)
    assert ground_of(FORMS.forms["appointment"], [booked, assigned]) is assigned
    assert (
        ground_of(replace(FORMS.forms["appointment"], grounds=["appointment_booked.v1"]), [booked, assigned]) is booked
    )


def test_the_whole_case_has_every_kind_of_fact():
    assert {fact["type"] for fact in whole_case()} >= {g for form in FORMS.forms.values() for g in form.grounds}
    assert nouns()["material_taken.v1"] == ("visits", "custody")
