"""Service language: prescribed phrases in messages and on the card, in versions, never a taboo phrase (DOMAIN 13)."""

import ast
import shutil
from pathlib import Path

import pytest

from shared.phrases import ServiceLanguage, TabooPhrase, load_language, taboo_in
from tests.given import anning, obligation

ROOT = Path(__file__).parents[2]
CENTER = ROOT / "deploy/centers/620105"
PARAMS = {
    "case": "SMFW-620105-20260302-0001-8", "matter": "MT-HUKOU", "period": "2026-03-05 09:00-10:00",
    "staff": ["A01", "A02"], "reason": "Z01", "defects": ["photo_unfit"], "redirect": "RD-ONLINE",
    "person": "sealed:v1:k1:AAAA",
}  # fmt: skip


@pytest.fixture
def language() -> ServiceLanguage:
    return load_language(CENTER)


def said(language: ServiceLanguage, kind: str, reads: str = "zh") -> str:
    return language.message(kind, PARAMS, anning(), reads)


def on_the_card(language: ServiceLanguage, name: str) -> str:
    phrases = dict(language.card(anning()))
    assert name in phrases
    return language.phrase(name, PARAMS, anning())


@obligation("L-01")
def test_L01_the_phone_reply_says_who_calls_and_asks_whether_it_suits(language):
    reply = on_the_card(language, "L-01")
    assert all(part in reply for part in ("您好", "安宁区政务服务中心", "工号", "现在方便"))


@obligation("L-02")
def test_L02_the_notification_says_why_it_is_given_once_and_whom_to_call(language):
    assert all(part in on_the_card(language, "L-02") for part in ("为了您只办一次", "随时拨打12345"))


@obligation("L-02")
def test_L02_the_message_with_the_defects_speaks_so_too(language):
    text = said(language, "one_time_notification")
    assert all(part in text for part in ("为了您只办一次", "照片不合格", "随时拨打12345"))
    assert "So that once is enough" in said(language, "one_time_notification", "en")


@obligation("L-03")
@pytest.mark.parametrize("kind", ["appointment_confirmation", "visit_reminder"])
def test_L03_the_appointment_says_when_who_how_to_check_and_that_it_is_free(language, kind):
    text = said(language, kind)
    assert "3月5日（星期四）09:00至10:00" in text
    assert all(part in text for part in ("A01、A02", "工作证", "核实身份", "不收取任何费用"))
    assert "free of charge" in said(language, kind, "en")


@obligation("L-04")
@pytest.mark.parametrize("kind", ["reschedule_notice", "cancellation_notice"])
def test_L04_a_change_by_the_center_is_told_with_an_apology_and_its_reason(language, kind):
    text = said(language, kind)
    assert text.startswith("对不起，因工作人员突发疾病/请假")
    assert "添麻烦" in text


@obligation("L-05")
def test_L05_at_the_door_a_greeting_who_the_cards_and_may_we_come_in(language):
    assert all(part in on_the_card(language, "L-05") for part in ("打扰了", "A01、A02", "工作证", "请问可以进来吗"))


@obligation("L-06")
def test_L06_recording_is_announced_with_its_purpose_and_may_be_refused(language):
    assert "不同意也不影响办理" in on_the_card(language, "L-06")
    assert "仅用于本次服务存档" in said(language, "appointment_confirmation")


@obligation("L-07")
def test_L07_the_closing_words_ask_to_check_and_to_rate_only_if_one_likes(language):
    assert all(part in on_the_card(language, "L-07") for part in ("请您核对", "请签名", "自愿", "再见"))


@obligation("L-08")
def test_L08_what_cannot_be_done_is_told_with_regret_the_rule_and_another_way(language):
    text = on_the_card(language, "L-08")
    assert all(part in text for part in ("很抱歉", "按规定", "我们来帮您联系"))


@obligation("L-08")
def test_L08_the_refusal_that_is_sent_speaks_so_too(language):
    text = said(language, "refusal_notice")
    assert all(part in text for part in ("很抱歉，这件事按规定", "您可以网上办理，我们来帮您联系"))


def test_what_goes_to_the_centers_own_people_is_marked_and_never_asks_for_a_rating(language):
    inside = {kind for kind, message in language.messages.items() if message.to == "staff"}
    assert inside == {"overdue_alarm", "impostor_alarm", "bad_rating_dispatch", "discipline_referral", "leader_alert",
                      "staff_move_proposal"}  # fmt: skip
    assert {message.to for message in language.messages.values()} == {"staff", "applicant"}


@pytest.mark.parametrize("kind", ["complaint_reply", "complaint_recheck_reply", "complaint_non_acceptance"])
def test_whoever_complained_is_told_the_outcome_and_the_further_way(language, kind):
    about = {"complaint": "SMFW-620105-20260302-0001-8.1", "finding": "FD2", "form": "written", "reason": "NA4",
             "right_channel": "petition", "further_ways": ["administrative_review", "petition"]}  # fmt: skip
    text = language.message(kind, about, anning())
    assert "SMFW-620105-20260302-0001-8.1" in text
    assert "——" not in text
    assert {"complaint_reply": "部分属实", "complaint_recheck_reply": "行政复议、信访",
            "complaint_non_acceptance": "信访"}[kind] in text  # fmt: skip


def test_every_message_of_every_service_has_a_template_and_every_template_a_message(language):
    kinds = set()
    for path in (ROOT / "services").glob("*/effects*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            sends = isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"Send", "_send"} and call.args
            if sends and isinstance(first := call.args[0], ast.Constant):
                kinds.add(first.value)
    assert kinds == language.messages.keys()


def test_no_template_and_no_phrase_holds_a_taboo_phrase_in_any_spelling(language):
    texts = [m.zh for m in language.messages.values()] + [p.zh for p in language.phrases.values()]
    assert len(texts) > 10
    assert [found for text in texts if (found := taboo_in(text, language.taboo))] == []
    assert taboo_in("您急什么？没看我正忙着吗！", language.taboo) == "急什么，没看我正忙着吗"
    assert taboo_in("规定 不 行 就是不行。", language.taboo) == "不行就是不行"


def test_a_center_whose_template_holds_one_is_not_loaded(tmp_path):
    shutil.copy(CENTER / "language.toml", tmp_path)
    text = (tmp_path / "language.toml").read_text("utf-8")
    (tmp_path / "language.toml").write_text(text.replace("您看可以吗？", "随便你！"), "utf-8")
    with pytest.raises(TabooPhrase, match="reschedule_notice: 随便你"):
        load_language(tmp_path)


def test_what_is_sealed_or_unknown_is_a_dash(language):
    assert language.phrase("L-05", {"staff": "sealed:v1:k1:AAAA"}, anning()).count("——") == 1
    assert "——" in language.message("visit_reminder", {}, anning())


def test_a_make_up_working_day_is_called_one(language):
    text = language.message("visit_reminder", PARAMS | {"period": "2026-02-14 09:00-10:00"}, anning())
    assert "2月14日（星期六，调休上班）09:00至10:00" in text


def test_every_message_has_a_courteous_word_in_it(language):
    for kind, message in language.messages.items():
        assert any(word in said(language, kind) for word in language.courtesy), message.zh


def test_R08_a_refusal_speaks_of_another_way_and_another_body_only_where_there_is_one(language):
    bare = {"case": PARAMS["case"], "reason": "N12", "basis": "MATTER-LAW", "remedy": "RM-REVIEW"}
    text = language.message("refusal_notice", bare | {"redirect": None, "body": None, "notice_no": None}, anning())
    assert "依据：" in text
    assert not any(part in text for part in ("未记录", "您可以，", "有权机关", "告知书编号", "[["))
    named = language.message("refusal_notice", bare | {"redirect": "RD-COUNTER", "body": "TAX"}, anning())
    assert all(part in named for part in ("我们来帮您联系", "有权机关："))
