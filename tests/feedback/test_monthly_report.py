"""Q-01: the month's indicators go to the head, and every anomaly is supervised."""

import pytest

from services.feedback.events_reports import (
    AnomaliesSupervised,
    AnomalySupervised,
    MonthlyReportHandedOver,
    MonthlyReportMade,
    ReportMonthOpened,
)
from services.feedback.monthly_report import MONTHLY_REPORT
from services.feedback.reactions.when_request_registered_open_report_month import (
    Registered,
    when_request_registered_open_report_month,
)
from shared.contracts.feedback_reports import (
    MakeMonthlyReport,
    OpenReportMonth,
    ReceiveMonthlyReport,
    ReportedAnomaly,
    ReportedFigure,
    SuperviseAnomaly,
)
from shared.deadlines import Clocked
from shared.decider import To
from shared.messages import CloudEvent
from tests.given import at, given, obligation

MONTH, NEXT = "620105-202603", "monthly_report/620105-202604"
AFTER = at("2026-04-02 10:00")
FIGURE = ReportedFigure(indicator="reply_on_time", numerator=226, denominator=235, value=0.9617)
LATE = ReportedAnomaly(kind="overdue", about="T02", count=9)
AGAIN = ReportedAnomaly(kind="repeat_visits", about="SMFW-620105-20260302-0002-6", count=1)
OPENED = ReportMonthOpened(month="202603", ends_at=at("2026-04-01 00:00"))


def made(*anomalies: ReportedAnomaly) -> MonthlyReportMade:
    return MonthlyReportMade(month="202603", cases=235, figures=(FIGURE,), anomalies=anomalies,
                             supervise_from=AFTER if anomalies else None)  # fmt: skip


def on_month(command, *history, moment=AFTER, following=()):
    empty = Clocked(MONTHLY_REPORT.initial.situation)
    next_month = MONTHLY_REPORT.state_after(following) if following else empty
    return given(MONTHLY_REPORT, *history).when(command, at=moment, situations={NEXT: next_month})


def ask(command, actor="supervisor:F06", **fields):
    return command(id="1", **({"case": MONTH, "actor": actor} | fields))


def make(*anomalies, **fields):
    return ask(MakeMonthlyReport, cases=235, figures=(FIGURE,), anomalies=anomalies, **fields)


def supervise(about=LATE, measure="interview"):
    return ask(SuperviseAnomaly, kind=about.kind, about=about.about, measure=measure)


def heard(moment: str) -> CloudEvent[Registered]:
    return CloudEvent[Registered](
        id="/620105/intake/request/X/1", source="/620105/intake", type=Registered.type, subject="request/X",
        time=at(moment), case="SMFW-620105-20260302-0001-8", actor="clerk:F01", causationid="1", rules="r",
        recordedat=at(moment), data=Registered(registered_at=at(moment)),
    )  # fmt: skip


@obligation("Q-01")
def test_Q01_a_month_in_which_something_was_registered_has_a_report_that_falls_due():
    opens = when_request_registered_open_report_month(heard("2026-03-02 09:25"))
    assert opens.case == MONTH
    month = on_month(opens.model_copy(update={"happened_at": at("2026-03-02 09:25")}))
    month.then(OPENED)
    month.then_clocks(**{"Q-01.report": at("2026-04-09 17:30")})


def test_Q01_the_second_registration_opens_nothing_new():
    on_month(ask(OpenReportMonth, actor="system:reaction"), OPENED).then_nothing()


@obligation("Q-01")
def test_Q01_the_report_holds_every_figure_and_anomaly_and_opens_the_next_month():
    when = on_month(make(LATE, AGAIN), OPENED)
    following = ReportMonthOpened(month="202604", ends_at=at("2026-05-01 00:00"))
    when.then(made(LATE, AGAIN), To(NEXT, following), *[f for f in when.facts() if _clock_of_next(f)])
    when.then_clocks(**{"Q-01.handover": at("2026-04-03 17:30"), "Q-01.supervision": at("2026-04-10 17:30")})
    assert [fact.fact.clock for fact in when.facts() if _clock_of_next(fact)] == ["Q-01.report"]


def _clock_of_next(fact) -> bool:
    return isinstance(fact, To) and not isinstance(fact.fact, ReportMonthOpened)


def test_Q01_a_month_that_is_open_is_not_opened_again_and_without_anomalies_nothing_is_supervised():
    following = [ReportMonthOpened(month="202604", ends_at=at("2026-05-01 00:00"))]
    when = on_month(make(), OPENED, following=following)
    when.then(made())
    when.then_clocks(**{"Q-01.handover": at("2026-04-03 17:30")})


@obligation("Q-01")
@pytest.mark.parametrize(
    ("history", "moment", "why"),
    [
        ((OPENED,), at("2026-03-31 17:00"), "report_month_not_over"),
        ((OPENED, made()), AFTER, "monthly_report_made_already"),
    ],
)
def test_Q01_a_report_is_made_once_and_when_the_month_is_over(history, moment, why):
    on_month(make(), *history, moment=moment).then_refused("Q-01", why)


@obligation("Q-01")
def test_Q01_the_head_says_that_the_report_was_received():
    receive = ask(ReceiveMonthlyReport, actor="director:L01")
    on_month(receive, OPENED, made()).then(MonthlyReportHandedOver(month="202603"))


def test_Q01_only_the_head_receives_it_and_only_what_was_made():
    assert ReceiveMonthlyReport.roles == ("director",)
    receive = ask(ReceiveMonthlyReport, actor="director:L01")
    on_month(receive, OPENED).then_refused("Q-01", "no_monthly_report")
    on_month(receive, OPENED, made(), MonthlyReportHandedOver(month="202603")).then_nothing()


@obligation("Q-01")
def test_Q01_each_anomaly_is_supervised_and_the_last_one_ends_it():
    first = AnomalySupervised(anomaly="overdue", about="T02", measure="interview")
    last = AnomalySupervised(anomaly="repeat_visits", about=AGAIN.about, measure="interview")
    report = (OPENED, made(LATE, AGAIN))
    on_month(supervise(), *report).then(first)
    on_month(supervise(AGAIN), *report, first).then(last, AnomaliesSupervised())
    on_month(supervise(), *report, first).then_nothing()


@obligation("Q-01")
def test_Q01_an_anomaly_is_not_supervised_with_no_known_measure():
    on_month(supervise(measure="nothing"), OPENED, made(LATE)).then_refused("Q-01", "supervision_measure_unknown")


def test_Q01_what_the_report_does_not_hold_is_not_supervised():
    on_month(supervise(AGAIN), OPENED, made(LATE)).then_refused("Q-01", "anomaly_unknown")


@pytest.mark.parametrize("case", ["202603", "620105-2026-03", "620105-202613"])
def test_Q01_a_month_has_its_name(case):
    on_month(make(case=case)).then_refused("Q-01", "report_month_wrong")
