"""Each indicator of DOMAIN 17 on the smallest history that it can be told from."""

import pytest

from deploy.indicators import TARGETS, Indicator, indicators
from deploy.indicators.anomalies import Anomaly, anomalies
from deploy.indicators.months import months, of_month
from deploy.indicators.public import figures, suppressed
from shared.words import catalogue
from tests.given import anning, obligation, with_numbers


def fact(case: str, kind: str, at: str = "2026-03-04 09:00", *, origin: str = "live", subject: str = "", **data):
    return {"case": case, "type": f"{kind}.v1", "data": data, "source": "/620105/intake", "origin": origin,
            "subject": subject or f"request/{case}", "time": f"{at.replace(' ', 'T')}:00+08:00", "timing": "exact",
            }  # fmt: skip


def registered(case: str, at: str = "2026-03-02 09:00", *, origin: str = "live", **more):
    born = f"{at.replace(' ', 'T')}:00+08:00"
    data = {"channel": "phone", "scope": "A3", "age_band": "80_plus", "registered_at": born, "guide": "1"}
    return fact(case, "request_registered", at, origin=origin, **(data | more))


def clock(case: str, name: str, *ends: tuple[str, dict], subject: str = ""):
    return [fact(case, "deadline_set", clock=name, subject=subject)] + [
        fact(case, f"deadline_{end}", clock=name, subject=subject, **data) for end, data in ends
    ]  # fmt: skip


def of(name: str, *facts) -> Indicator:
    return next(one for one in indicators(list(facts)) if one.id == name)


def figure(one: Indicator) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return one.numerator_cases, one.denominator_cases, one.not_recorded_cases


ALL = [registered(case) for case in "ABC"]
PAPER = registered("P", origin="ledger", guide=None)
IN_TIME, LATE = ("met", {"late": False}), ("met", {"late": True})


def test_completed_on_time_is_done_on_site_or_decided_in_time():
    facts = [
        fact("A", "matter_handled", result="K01"),
        *clock("B", "T17", ("met", {"late": True, "met_at": "2026-03-20T09:00:00+08:00",
                                    "due_at": "2026-03-19T17:30:00+08:00"})),
        *clock("P", "T17", ("not_recorded", {"due_at": "2026-03-19T17:30:00+08:00"})),
    ]  # fmt: skip
    one = of("completion_on_time", *ALL, PAPER, *facts)
    assert figure(one) == (("A",), ("A", "B"), ("P",))
    assert one.target == 1.0
    assert one.misses_target


@pytest.mark.parametrize(("met", "early"), [("2026-03-18T17:00:00+08:00", True), ("2026-03-19T09:00:00+08:00", False)])
def test_completed_early_is_on_a_day_before_the_promised_one(met, early):
    facts = clock("A", "T17", ("met", {"late": False, "met_at": met, "due_at": "2026-03-19T17:30:00+08:00"}))
    assert of("completion_early", *ALL, *facts).value == early


def test_days_to_the_door_count_from_the_application_to_the_first_arrival():
    facts = [fact("A", "team_arrived", "2026-03-03 09:00"), fact("A", "team_arrived", "2026-03-09 09:00"),
             fact("B", "team_arrived", "2026-03-05 09:00")]  # fmt: skip
    one = of("days_to_door", *ALL, *facts)
    assert (one.value, one.unit, one.denominator_cases) == (2.0, "days", ("A", "B"))


def test_visits_a_team_and_day():
    facts = [each for case, lead in (("A", "A01"), ("B", "A01"), ("C", "A02"))
             for each in (fact(case, "visit_planned", lead=lead), fact(case, "team_arrived"))]  # fmt: skip
    one = of("visits_per_team_day", *ALL, *facts)
    assert (one.value, one.denominator_cases) == (1.5, ("A01 2026-03-04", "A02 2026-03-04"))


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("extension", "deadline_extended", {"clock": "T17"}), ("suspension", "deadline_suspended", {"clock": "T17"}),
        ("override", "rule_deviated", {"how": "overridden", "rule": "N-07"}),
    ],
)  # fmt: skip
def test_what_paper_has_no_column_for_is_not_recorded_of_it(name, kind, data):
    one = of(name, *ALL, PAPER, fact("A", kind, **data))
    assert figure(one) == (("A",), ("A", "B", "C"), ("P",))


def test_a_miss_of_the_centre_is_one_of_the_visits_that_were_due():
    facts = [fact("A", "team_arrived"), fact("B", "centre_miss_recorded"), fact("C", "applicant_not_met")]
    assert figure(of("centre_miss", *ALL, *facts)) == (("B",), ("A", "B", "C"), ())


def test_a_file_that_is_not_owed_yet_is_neither_whole_nor_missing():
    facts = [fact("A", "case_file_filed"), *clock("B", "T30", ("breached", {})), *clock("C", "T30")]
    assert figure(of("file_complete", *ALL, *facts)) == (("A",), ("A", "B"), ())


def test_overdue_check_outs_are_a_number_with_its_cases():
    facts = [*clock("A", "T15", LATE), *clock("B", "T15", IN_TIME), *clock("C", "T15", ("not_recorded", {}))]
    one = of("check_out_overdue", *ALL, *facts)
    assert (one.value, one.unit, one.numerator_cases, one.not_recorded_cases) == (1.0, "count", ("A",), ("C",))


def test_an_excluded_rating_counts_nowhere_but_among_the_excluded():
    bad = [fact(case, "bad_rating_opened", real_name=True, team=["A01"], codes=[]) for case in "AB"]
    rated = [fact(case, "evaluation_submitted", level=level) for case, level in (("A", 1), ("B", 2), ("C", 5))]
    facts = [*ALL, *rated, *bad, fact("A", "rating_excluded")]
    assert of("bad_rating", *facts).value == 0.5
    assert of("satisfaction", *facts).denominator_cases == ("B", "C")
    assert figure(of("bad_rating_excluded", *facts)) == (("A",), ("A", "B"), ())


def test_an_evaluator_who_is_still_to_be_called_in_time_is_no_figure_yet():
    bad = [fact(case, "bad_rating_opened", real_name=True, team=[], codes=[]) for case in "ABC"]
    facts = [*bad, *clock("A", "T22"), *clock("B", "T22", ("breached", {})), fact("C", "evaluator_contacted")]
    assert figure(of("bad_rating_contacted", *ALL, *facts)) == (("C",), ("B", "C"), ())


def test_bad_ratings_are_answered_mended_and_called_again():
    bad = [fact(case, "bad_rating_opened", "2026-03-04 09:00", real_name=True, team=[], codes=[]) for case in "ABC"]
    facts = [
        *ALL, *bad,
        fact("A", "rectification_feedback_given", "2026-03-06 09:00"),
        fact("A", "rectification_closed", "2026-03-06 09:00"), *clock("A", "T23", IN_TIME),
        fact("A", "return_visit_due_again", "2026-03-06 09:00", reason="bad_rating"),
        fact("A", "return_visit_completed", "2026-03-09 09:00"),
        *clock("B", "T23", ("breached", {})), *clock("C", "T23"),
    ]  # fmt: skip
    assert figure(of("bad_rating_answered", *facts)) == (("A",), ("A", "B"), ())
    assert of("bad_rating_mending_days", *facts).value == 2.0
    assert figure(of("bad_rating_return_visit", *facts)) == (("A",), ("A",), ())


def test_a_call_from_before_the_bad_rating_is_not_the_one_that_is_owed_after_it():
    facts = [
        *ALL, fact("A", "bad_rating_opened", real_name=True, team=[], codes=[]),
        fact("A", "return_visit_completed", "2026-03-03 09:00"),
        fact("A", "return_visit_due_again", "2026-03-06 09:00", reason="bad_rating"),
        *clock("A", "T19", ("breached", {})),
    ]  # fmt: skip
    assert figure(of("bad_rating_return_visit", *facts)) == ((), ("A",), ())


def test_ratings_are_published_with_their_month():
    month = "620105-202603"
    facts = [fact(case, "evaluation_invited", cohort=month) for case in "AB"]
    facts += [fact("A", "evaluation_submitted", level=5), fact("B", "evaluation_submitted", level=4)]
    assert of("rating_published", *ALL, *facts).denominator == 0  # not due yet
    assert of("rating_published", *ALL, *facts, fact(month, "statistics_published")).value == 1
    assert of("rating_published", *ALL, *facts, *clock(month, "E-11.publication", ("breached", {}))).value == 0


def test_two_complaints_of_a_case_are_two():
    first, second = ("complaint/A.1", "complaint/A.2")
    facts = [
        fact("A", "complaint_received", subject=first), fact("A", "complaint_received", subject=second),
        fact("A", "complaint_accepted", subject=first), fact("A", "complaint_not_accepted", subject=second),
        fact("A", "complaint_replied", subject=first, finding="FD1"),
        fact("A", "complaint_objected", subject=first),
        fact("A", "complainant_visited", subject=first, satisfied=False),
    ]  # fmt: skip
    assert figure(of("complaint_response", *ALL, *facts)) == (("A", "A"), ("A", "A"), ())
    assert figure(of("complaint_conclusion", *ALL, *facts[:4])) == (("A",), ("A", "A"), ())
    assert figure(of("complaint_recheck", *ALL, *facts)) == (("A",), ("A",), ())
    assert figure(of("complaint_satisfaction", *ALL, *facts)) == ((), ("A",), ())


def test_guides_in_force_and_matters_asked_for():
    entries = [{"matter": "MT-IDCARD"}, {"matter": "MT-OLDAGE"}]
    facts = [registered("A", guide="1", matter="MT-IDCARD"), registered("B", guide=None, matter="MT-X"), PAPER]
    assert figure(of("guide_published", *facts)) == (("A",), ("A", "B"), ("P",))
    covered = of("catalogue_coverage", *facts, fact("620105", "catalogue_published", entries=entries))
    assert (covered.numerator_cases, covered.denominator_cases) == (("MT-IDCARD",), ("MT-IDCARD", "MT-OLDAGE"))


def test_every_indicator_has_its_name_in_both_languages_and_every_target_its_indicator():
    ids = {one.id.partition(":")[0] for one in indicators([*ALL, PAPER])}
    assert ids <= catalogue()["indicator"].keys()
    assert all(set(catalogue()["indicator"][id]) == {"zh", "en"} for id in ids)
    assert TARGETS.keys() <= ids


def strange(*facts, **numbers) -> list[Anomaly]:
    facts = (*facts, *(fact(case, "evaluator_contacted") for case in "ABC"))
    rules = with_numbers(anning(), **numbers)
    return anomalies(list(facts), indicators(list(facts)), rules)


@obligation("Q-01", off=lambda patch: patch.setattr("deploy.indicators.anomalies._overdue", lambda _month: ()))
def test_Q01_what_is_overdue_is_an_anomaly_by_clock():
    facts = [*clock("A", "T09", ("breached", {})), *clock("B", "T09", LATE), *clock("C", "T09", IN_TIME)]
    assert strange(*ALL, *facts) == [Anomaly("overdue", "T09", ("A", "B"))]


def test_Q01_a_breach_that_was_withdrawn_is_none():
    facts = clock("A", "T09", ("breached", {}), ("breach_withdrawn", {}), IN_TIME)
    assert strange(*ALL, *facts) == []


@obligation("Q-01", off=lambda patch: patch.setattr("deploy.indicators.anomalies._repeat_visits", lambda *_: ()))
def test_Q01_who_was_visited_twice_is_an_anomaly():
    facts = [fact("A", "team_arrived"), fact("A", "team_arrived"), fact("B", "team_arrived"),
             fact("C", "team_arrived"), fact("C", "follow_up_planned")]  # fmt: skip
    assert strange(*ALL, *facts) == [
        Anomaly("repeat_visits", "A", ("A",)), Anomaly("repeat_visits", "C", ("C",)),
    ]  # fmt: skip
    assert strange(*ALL, *facts, **{"Q-01.repeat_visits": 3}) == []


@obligation("Q-01", off=lambda patch: patch.setattr("deploy.indicators.anomalies._bad_ratings", lambda *_: ()))
def test_Q01_bad_ratings_that_have_something_in_common_are_a_cluster():
    bad = [fact(case, "bad_rating_opened", real_name=True, team=team, codes=["H01"], matter="MT-X")
           for case, team in (("A", ["A01"]), ("B", ["A01", "A02"]), ("C", ["A01"]))]  # fmt: skip
    found = {one.about: one.cases for one in strange(*ALL, *bad)}
    assert found == dict.fromkeys(("staff.A01", "reason.H01", "matter.MT-X"), ("A", "B", "C"))
    assert strange(*ALL, *bad, fact("A", "rating_excluded")) == []


@obligation("Q-01", off=lambda patch: patch.setattr("deploy.indicators.anomalies._targets", lambda _indicators: ()))
def test_Q01_a_target_that_was_missed_is_an_anomaly_with_the_cases_that_missed_it():
    facts = [fact("A", "matter_handled", result="K01"), *clock("B", "T17", ("breached", {}))]
    assert Anomaly("target_missed", "completion_on_time", ("B",)) in strange(*ALL, *facts)


def many(name: str, numerator: int, denominator: int, unit="share") -> Indicator:
    cases = tuple(f"C{n}" for n in range(denominator))
    return Indicator(name, cases[:numerator], cases, unit=unit)


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [(5, 20, True), (4, 20, False), (0, 20, False), (16, 20, False), (15, 20, True), (20, 20, True), (4, 4, False)],
)
def test_a_figure_that_points_at_fewer_than_five_is_not_for_the_public(numerator, denominator, shown):
    (one,) = figures([many("decline", numerator, denominator)], 5)
    assert (one.numerator is not None, one.value is not None) == (shown, shown)
    assert (one.denominator is not None) == (denominator >= 5)
    assert "cases" not in str(one.document())


def test_where_one_share_of_a_whole_is_hidden_the_next_smallest_hides_it():
    family = [many("scope:A1", 30, 60), many("scope:A2", 20, 60), many("scope:A3", 7, 60), many("scope:A4", 3, 60)]
    assert [one.numerator for one in figures(family, 5)] == [30, 20, None, None]
    assert suppressed({"a": 30, "b": 3, "c": 2}, 5) == {"a": 30, "b": None, "c": None}
    assert suppressed({"a": 30, "b": 8}, 5) == {"a": 30, "b": 8}


def test_a_month_is_of_the_cases_registered_in_it_whenever_they_went_on():
    april = registered("B", "2026-04-01 09:00")
    facts = [
        registered("A"), april, fact("A", "result_delivered", "2026-04-02 09:00"), fact("B", "request_declined"),
        fact("620105-202603", "statistics_published", "2026-04-20 09:00"),
    ]  # fmt: skip
    assert months(facts) == ["2026-03", "2026-04"]
    assert [each["case"] for each in of_month(facts, "2026-03")] == ["A", "A", "620105-202603"]
