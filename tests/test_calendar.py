"""When a time limit ends (DOMAIN 10): the vectors of 10.7 and what the law says of beginnings and ends."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import SHANGHAI, Calendar, OfficeHours, read_calendar

FILE = Path(__file__).parent.parent / "deploy/centers/620105/calendar.toml"
ANNING = read_calendar(FILE)
BARE = Calendar("library alone", {}, OfficeHours([(time(9), time(17, 30))]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("calendar", [ANNING, BARE], ids=["anning", "library alone"])
@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-13", 1, "2026-02-14"),  # Saturday, make-up day
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-04-30", 1, "2026-05-06"),
        ("2026-09-18", 1, "2026-09-20"),  # Sunday, make-up day
        ("2026-09-30", 5, "2026-10-13"),
        ("2025-09-26", 3, "2025-09-30"),
        ("2025-10-08", 1, "2025-10-09"),
        ("2020-01-23", 5, "2020-02-07"),  # the Spring Festival that was extended
    ],
)
def test_10_7_vectors(calendar, start, days, end):
    assert calendar.add_working_days(date.fromisoformat(start), days) == (date.fromisoformat(end), False)


def test_10_7_beyond_the_last_published_year_is_provisional():
    assert ANNING.add_working_days(date(2026, 12, 31), 1) == (date(2027, 1, 1), True)
    assert ANNING.add_working_days(date(2026, 12, 30), 1) == (date(2026, 12, 31), False)
    assert ANNING.deadline(at("2026-12-31T18:00"), 0).provisional
    assert [ANNING.is_working(date(2027, 1, day)) for day in (1, 2, 3, 4)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]),
        (2025, ["01-26", "02-08", "04-27", "09-28", "10-11"]),
    ],
)
def test_10_7_make_up_days_are_all_the_weekend_work_of_the_year(year, days):
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [f"{day:%m-%d}" for day in every if day.weekday() > 4 and ANNING.is_working(day)] == days


def test_10_4_spring_festival_of_2020_was_extended():
    assert [ANNING.is_working(day) for day in (date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2))] == [False] * 3
    assert ANNING.is_working(date(2020, 2, 3))


def test_10_4_a_later_notice_wins_and_the_old_calendar_stays():
    start = at("2026-09-30T10:00")
    later = ANNING.amended("620105-2026.2", {date(2026, 10, 8): False}, "a notice")
    assert later.deadline(start, 5).at == at("2026-10-14T17:30")
    assert ANNING.deadline(start, 5).at == at("2026-10-13T17:30")
    assert (later.version, later.sources[date(2026, 10, 8)]) == ("620105-2026.2", "a notice")


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-02T09:25", 1, "2026-03-03T17:30"),
        ("2026-03-02T17:30", 1, "2026-03-03T17:30"),  # closing time is still office time
        ("2026-03-02T17:31", 1, "2026-03-04T17:30"),  # counts from the 3rd, which is not counted
        ("2026-03-06T18:00", 1, "2026-03-10T17:30"),  # Friday evening: from Monday
        ("2026-03-07T10:00", 2, "2026-03-11T17:30"),  # Saturday: from Monday
        ("2026-03-02T08:00", 0, "2026-03-02T17:30"),  # the same day
        ("2026-03-07T10:00", 0, "2026-03-09T17:30"),
        ("2026-02-14T18:00", 1, "2026-02-25T17:30"),  # evening of a make-up day before the festival
    ],
)
def test_10_6_a_start_after_closing_or_on_a_rest_day_counts_from_the_next_opening(start, days, end):
    assert ANNING.deadline(at(start), days) == (at(end), False)


def test_10_6_begins_at_the_next_opening():
    assert ANNING.counts_from(at("2026-03-07T10:00")) == at("2026-03-09T09:00")
    assert ANNING.counts_from(at("2026-03-06T10:00")) == at("2026-03-06T10:00")


def test_18_1_10_complex_complaint_accepted_on_2026_09_30_is_due_on_10_13():
    assert ANNING.deadline(at("2026-09-30T15:00"), 5).at == at("2026-10-13T17:30")


def test_moments_are_placed_by_shanghai_time():
    utc = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already the 3rd, at one in the night
    assert ANNING.deadline(utc, 1).at == at("2026-03-04T17:30")
    with pytest.raises(ValueError, match="time zone"):
        ANNING.deadline(utc.replace(tzinfo=None), 1)


def test_previous_working_day():
    assert ANNING.previous_working_day(date(2026, 3, 9)) == date(2026, 3, 6)
    assert ANNING.previous_working_day(date(2026, 2, 24)) == date(2026, 2, 14)


@given(st.dates(date(2005, 1, 1), date(2030, 12, 31)), st.integers(1, 30))
def test_previous_working_day_undoes_one_step(day, steps):
    end = ANNING.add_working_days(day, steps)
    assert ANNING.is_working(end.day)
    assert ANNING.add_working_days(ANNING.previous_working_day(end.day), 1).day == end.day


def test_a_time_limit_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        ANNING.add_working_days(date(2026, 3, 2), -1)


def test_office_hours_cover_what_centers_recorded():
    assert ANNING.office_hours.closing >= time(17, 5)
    assert ANNING.office_hours.grade == "I"


@pytest.mark.parametrize(
    "periods", [[], [(time(12), time(9))], [(time(9), time(14, 30)), (time(14), time(17, 30))]], ids=repr
)
def test_office_hours_are_in_order(periods):
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(periods)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("day = 2026-10-08\nworking = false", KeyError),  # no source
        ('day = 2020-02-01\nworking = true\nsource = "?"', ValueError),  # a second time
    ],
)
def test_every_override_stands_once_and_has_a_source(tmp_path, entry, error):
    assert set(ANNING.sources) == set(ANNING.overrides)
    path = tmp_path / "calendar.toml"
    path.write_text(f"{FILE.read_text('utf-8')}\n[[override]]\n{entry}\n", "utf-8")
    with pytest.raises(error, match=r"source|twice"):
        read_calendar(path)


def test_a_year_entered_by_hand_is_no_longer_provisional(tmp_path):
    path = tmp_path / "calendar.toml"
    path.write_text(
        FILE.read_text("utf-8").replace("published_until = 2026-12-31", "published_until = 2027-12-31")
        + '\n[[override]]\nday = 2027-01-01\nworking = false\nsource = "a notice"\n',
        "utf-8",
    )
    assert read_calendar(path).add_working_days(date(2026, 12, 31), 1) == (date(2027, 1, 4), False)
