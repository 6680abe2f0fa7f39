"""What a center publishes: the catalogue, the guides, and its yearly look at both."""

from datetime import date
from hashlib import sha256

import pytest

from services.intake.catalogue import CATALOGUE
from services.intake.events_catalogue import CataloguePublished, GuidePublished, YearlyReviewRecorded
from services.intake.register import REGISTER
from shared.contracts.intake import CatalogueEntry, GuideMaterial, PublishCatalogue, PublishGuide, RecordYearlyReview
from shared.deadlines import DeadlineBreached, DeadlineMet, DeadlineSet, TickClock
from shared.decider import To
from shared.messages import Override
from tests.given import anning, at, given, obligation
from tests.intake.samples import MONDAY, register

CENTER = "620105"
CHANNELS = ("window", "phone", "online", "hotline", "community", "agent", "staff", "letter")
HUKOU, PENSION = CatalogueEntry(matter="MT-HUKOU"), CatalogueEntry(matter="MT-PENSION")
DIRECTOR = {"id": "1", "case": CENTER, "actor": "director:G01"}


def catalogue(**changed):
    wish = {"entries": (HUKOU, PENSION), "areas": (CENTER,), "channels": CHANNELS, "process": ("apply", "visit"),
            "limits": ("T02", "T03"), "supervision_phone": "12345"}  # fmt: skip
    return PublishCatalogue(**(DIRECTOR | wish | changed))


def guide(**changed):
    wish = {"matter": "MT-HUKOU", "basis": ("《户口登记条例》",), "conditions": ("本人申请",),
            "materials": (GuideMaterial(code="id_card", sample="S-1"),), "procedure": ("apply", "visit"),
            "promise_days": 10, "fee_fen": 0}  # fmt: skip
    return PublishGuide(**(DIRECTOR | wish | changed))


def review(**changed):
    wish = {"year": 2026, "reviewed": ("rules", "list", "limits"), "statistics_digest": sha256(b"report").hexdigest(),
            "published_on": date(2027, 1, 15)}  # fmt: skip
    return RecordYearlyReview(**(DIRECTOR | wish | changed))


def published(*history, command=None):
    return next(
        fact for fact in given(CATALOGUE, *history).when(command or catalogue(), at=MONDAY).facts()
        if isinstance(fact, (CataloguePublished, GuidePublished))
    )  # fmt: skip


def registration(*history, **changed):
    """A live registration at a center with these publications."""
    situations = {f"catalogue/{CENTER}": CATALOGUE.state_after(history)}
    return given(REGISTER).when(register(**changed), at=MONDAY, situations=situations)


def registered_under(*history, **changed):
    facts = registration(*history, **changed).facts()
    return next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")


def test_the_catalogue_tells_what_for_whom_where_how_how_long_and_whom_to_call():
    fact = published(command=catalogue(entries=(HUKOU, CatalogueEntry(matter="MT-OLDAGE", scopes=("A3",)))))
    assert fact.version == "2"  # the center's file was the first
    assert (fact.areas, fact.channels, fact.process) == ((CENTER,), CHANNELS, ("apply", "visit"))
    assert fact.limits == {"T02": "1 wd", "T03": "2 wd"}
    assert fact.entries[1].scopes == ("A3",)
    assert fact.supervision_phone == "12345"


def test_every_publication_is_a_version_with_the_digest_of_its_content():
    first = published()
    again = published(first)
    other = published(first, command=catalogue(supervision_phone="96888"))
    assert (first.version, again.version, other.version) == ("2", "3", "3")
    assert first.digest == again.digest != other.digest


@obligation("G-01")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"entries": (CatalogueEntry(matter="MT-NONE"),)}, "unknown_matter"),
        ({"entries": (HUKOU, HUKOU)}, "matter_twice"),
        ({"limits": ("T99",)}, "unknown_limit"),
    ],
)
def test_G01_a_catalogue_says_what_the_center_can_do_and_says_it_once(wrong, why):
    given(CATALOGUE).when(catalogue(**wrong), at=MONDAY).then_refused("G-01", why)


@obligation("G-01")
def test_G01_what_is_not_in_the_published_catalogue_is_not_served_at_the_door():
    registration(published(), matter="MT-OLDAGE").then_refused("G-01", "matter_not_published")
    assert registered_under(matter="MT-OLDAGE").matter == "MT-OLDAGE"  # nothing published: the file counts


@obligation("G-01")
@pytest.mark.parametrize("status", ["suspended", "abolished"])
def test_G01_a_matter_that_was_stopped_is_refused_as_stopped(status):
    stopped = published(command=catalogue(entries=(HUKOU, CatalogueEntry(matter="MT-PENSION", status=status))))
    registration(stopped, matter="MT-PENSION").then_refused("G-01", "matter_stopped")


@obligation("G-01")
def test_G01_the_catalogue_says_for_whom():
    old = published(command=catalogue(entries=(CatalogueEntry(matter="MT-HUKOU", scopes=("A1", "A2")),)))
    registration(old, scope="A3").then_refused("G-01", "not_for_this_ground")


@obligation("G-01")
def test_G01_a_case_keeps_the_version_of_the_catalogue_it_was_registered_under():
    assert registered_under().catalogue == "1"
    assert registered_under(published()).catalogue == "2"


def test_history_is_taken_whatever_was_published_since():
    history = {"origin": "ledger", "actor": "importer:ledger"}
    facts = registration(published(), matter="MT-OLDAGE", **history).facts()
    assert "rule_deviated.v1" not in {to.fact.type for to in facts if isinstance(to, To)}


@obligation("G-02")
def test_G02_a_matter_is_in_the_catalogue_only_with_a_guide():
    rules = anning()
    bare = {code: type(m)(code=m.code, name=m.name, kind=m.kind) for code, m in rules.matters.items()}
    guideless = type(rules)(**(vars(rules) | {"matters": bare}))
    given(CATALOGUE).when(catalogue(), at=MONDAY, rules=guideless).then_refused("G-02", "guide_missing")
    both = [published(command=guide(matter=matter)) for matter in ("MT-HUKOU", "MT-PENSION")]
    assert given(CATALOGUE, *both).when(catalogue(), at=MONDAY, rules=guideless).facts()


@obligation("G-02")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"materials": (GuideMaterial(code="id_card", sample="S"), GuideMaterial(code="other_materials", sample="S"))},
         "catch_all_material"),
        ({"materials": (GuideMaterial(code="id_card", sample="S"),) * 2}, "material_twice"),
        ({"materials": (GuideMaterial(code="id_card"),)}, "sample_missing"),
        ({"fee_fen": 1000}, "fee_without_basis"),
    ],
)  # fmt: skip
def test_G02_a_guide_lists_every_paper_with_a_sample_and_every_fee_with_its_statute(wrong, why):
    given(CATALOGUE).when(guide(**wrong), at=MONDAY).then_refused("G-02", why)


@obligation("G-02")
def test_G02_a_case_keeps_the_version_of_the_guide_it_was_registered_under():
    first = published(command=guide())
    second = published(first, command=guide(promise_days=8))
    assert (first.version, second.version) == ("2", "3")
    assert first.digest != second.digest
    assert registered_under().guide == "1"
    assert registered_under(first, second).guide == "3"


@obligation("I-01")
def test_I01_a_catalogue_closes_no_channel():
    few = catalogue(channels=("window", "online"))
    given(CATALOGUE).when(few, at=MONDAY).then_refused("I-01", "channels_missing")


@obligation("I-01")
def test_I01_there_is_a_closed_list_of_channels():
    given(CATALOGUE).when(catalogue(channels=(*CHANNELS, "pigeon")), at=MONDAY).then_refused("I-01", "unknown_channel")
    registration(channel="pigeon").then_refused("I-01", "unknown_channel")


@pytest.mark.parametrize("channel", CHANNELS)
def test_applications_come_by_every_channel_of_the_list(channel):
    assert registered_under(channel=channel, transfer="HL-1").channel == channel


@obligation("G-12")
@pytest.mark.parametrize("left", ["rules", "list", "limits"])
def test_G12_the_yearly_review_covers_rules_list_and_limits(left):
    some = tuple(part for part in ("rules", "list", "limits") if part != left)
    given(CATALOGUE).when(review(reviewed=some), at=MONDAY).then_refused("G-12", "review_incomplete")


@obligation("G-12")
def test_G12_a_year_is_reviewed_once_and_its_statistics_are_published():
    done = given(CATALOGUE).when(review(), at=at("2027-01-20 10:00")).facts()
    recorded = next((fact for fact in done if isinstance(fact, YearlyReviewRecorded)), None)
    assert recorded is not None
    assert (recorded.year, recorded.published_on) == (2026, date(2027, 1, 15))
    given(CATALOGUE, recorded).when(review(), at=at("2027-01-21 10:00")).then_refused("G-12", "reviewed_already")


@obligation("G-12")
def test_G12_a_review_is_owed_a_year_after_the_first_publication_and_missing_it_is_a_breach():
    first = given(CATALOGUE).when(catalogue(), at=MONDAY)
    first.then_clocks(**{"G-12": at("2027-03-02 23:59").replace(second=59)})
    facts = first.facts()
    given(CATALOGUE, *facts).when(catalogue(), at=at("2026-06-01 10:00")).then_clocks()  # a new version: the same year
    due = next(fact.due_at for fact in facts if isinstance(fact, DeadlineSet))
    tick = TickClock(id="t", case=CENTER, actor="system:clock", stream=f"catalogue/{CENTER}", clock="G-12", moment=due)
    running = DeadlineSet(clock="G-12", starts_at=MONDAY, due_at=due, limit="G-12")
    breached = given(CATALOGUE, facts[0], running).when(tick, at=due).facts()
    assert breached == [DeadlineBreached(clock="G-12", due_at=due)]


@obligation("G-12")
def test_G12_the_review_ends_the_year_and_starts_the_next():
    facts = given(CATALOGUE).when(catalogue(), at=MONDAY).facts()
    done = given(CATALOGUE, *facts).when(review(), at=at("2027-01-20 10:00"))
    assert any(isinstance(fact, DeadlineMet) and fact.clock == "G-12" for fact in done.facts())
    done.then_clocks(**{"G-12": at("2028-01-20 23:59").replace(second=59)})


@obligation("G-01")
def test_G01_an_override_is_nobodys_business_here():
    override = Override(rule="G-01", reason="照顾", by="director:G01")
    registration(published(), matter="MT-OLDAGE", overrides=(override,)).then_refused("G-01", "matter_not_published")
