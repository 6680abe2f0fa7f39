"""What can be asked of intake without changing anything; progress by number and end of the phone number above all."""

import json
from dataclasses import dataclass, field

import pytest

from services.intake.batch import BATCH
from services.intake.catalogue import CATALOGUE
from services.intake.enterprise_visits import ENTERPRISE_WINDOW
from services.intake.events import ApplicantContacted, OneTimeNotificationIssued
from services.intake.events_register import BatchMemberAdded, FirstHandlerNamed, ProgressQueried
from services.intake.questions import Outside, Told, questions
from services.intake.request import REQUEST
from shared.contracts.intake import AcceptRequest, ConfirmInformation, QueryProgress
from shared.deadlines import DeadlineSet
from shared.decider import Context, Refused, To
from shared.messages import Answer
from shared.sealed import NotSealed
from tests.given import anning, at, given, obligation
from tests.intake.samples import MONDAY, NUMBER, SEALED, ask, registered
from tests.intake.test_batch import OPENED, PL, under
from tests.intake.test_catalogue import guide, published, review
from tests.intake.test_enterprise_visits import APRIL, ENROLLED, WINDOW, record

TAIL = "4321"  # stands for the envelope: what is in it is the vault's business
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
RUNNING = DeadlineSet(clock="T02", starts_at=MONDAY, due_at=at("2026-03-03 17:30"), limit="T02")


@dataclass
class World:
    """Streams, a vault that knows one phone number, and what others have told."""

    streams: dict[str, list] = field(default_factory=dict)
    others: list[dict] = field(default_factory=list)
    tries: list[tuple] = field(default_factory=list)

    async def handle(self, command):
        stream = f"request/{command.case}"
        context = Context(MONDAY, MONDAY, anning())
        state = REQUEST.state_after(told.fact for told in self.streams[stream])
        self.streams[stream] += [Told(fact, "2026-03-02T11:00:00+08:00") for fact in
                                 REQUEST.decide(command, state, context)]  # fmt: skip
        return Answer(case=command.case)

    async def look(self, stream):
        return self.streams.get(stream, [])

    async def same_phone_tail(self, _id, _actor, case, sealed, envelope):
        self.tries.append((case, sealed))
        if len(self.tries) > 5:
            raise NotSealed("D-08", "sealed", "太多", "too many", why="too_many_tries")
        return envelope == TAIL

    async def elsewhere(self, _case):
        return self.others

    async def ask(self, question, **body):
        outside = Outside(self.handle, self.look, self.same_phone_tail, self.elsewhere, lambda: at("2026-05-02 10:00"))
        return json.loads(await questions(outside, anning(), "620105")[question](json.dumps(body).encode()))

    def logged(self):
        return [t.fact.shown for t in self.streams[f"request/{NUMBER}"] if isinstance(t.fact, ProgressQueried)]


def world(*facts, stream=f"request/{NUMBER}", **known):
    return World({stream: [Told(fact, "2026-03-02T09:25:00+08:00") for fact in facts]}, **known)


async def refused(asking):
    with pytest.raises(Refused) as refusal:
        await asking
    return refusal.value.rule, refusal.value.why


@obligation("D-08")
async def test_D08_progress_is_told_by_number_and_end_of_the_phone_number_and_the_query_is_logged():
    asked = world(registered(), FirstHandlerNamed(staff="F01"), RUNNING)
    told = await asked.ask("progress", number=NUMBER, tail=TAIL)
    assert (told["accepted"], told["stage"], told["stage_zh"]) == (True, "Registered", "已登记")
    assert (told["matter"], told["first_handler"]) == ("MT-HUKOU", "F01")
    assert told["due"] == {"T02": "2026-03-03T17:30:00+08:00"}
    assert asked.logged() == [True]
    assert asked.tries == [(NUMBER, SEALED)]


@obligation("D-08")
async def test_D08_who_does_not_know_the_phone_number_hears_nothing_and_that_is_logged():
    asked = world(registered())
    assert await refused(asked.ask("progress", number=NUMBER, tail="0000")) == ("D-08", "progress_not_shown")
    assert asked.logged() == [False]


async def test_a_number_that_does_not_exist_is_told_like_digits_that_do_not_fit():
    asked = world()
    assert await refused(asked.ask("progress", number=NUMBER, tail=TAIL)) == ("D-08", "progress_not_shown")
    assert asked.tries == []


@obligation("D-08")
@pytest.mark.parametrize("fact", [ApplicantContacted(), OneTimeNotificationIssued(defects=("photo_unfit",))])
async def test_D08_it_can_be_asked_at_any_time_and_tells_what_is_still_missing(fact):
    asked = world(registered(), fact)
    told = await asked.ask("progress", number=NUMBER, tail=TAIL)
    assert told["still_missing"] == (["photo_unfit"] if isinstance(fact, OneTimeNotificationIssued) else [])
    await asked.ask("progress", number=NUMBER, tail=TAIL)
    assert asked.logged() == [True, True]


async def test_too_many_tries_are_refused_in_the_vaults_words():
    asked = world(registered())
    for _ in range(5):
        await refused(asked.ask("progress", number=NUMBER, tail="0000"))
    told = await asked.ask("progress", number=NUMBER, tail=TAIL)
    assert (told["accepted"], told["why"]) == (False, "too_many_tries")


async def test_after_the_hand_over_others_know_more():
    accepted = given(REQUEST, registered()).when(ask(AcceptRequest, **LEDGER), at=MONDAY).facts()
    history = [registered(), *accepted]
    confirmed = given(REQUEST, *history).when(ask(ConfirmInformation, **LEDGER), at=MONDAY).facts()
    others = [{"type": "appointment_booked.v1", "time": "2026-03-03T10:00:00+08:00"},
              {"type": "team_departed.v1", "time": "2026-03-06T09:00:00+08:00"},
              {"type": "place_taken.v1", "time": "2026-03-07T09:00:00+08:00"}]  # fmt: skip
    told = await world(*history, *confirmed, others=others).ask("progress", number=NUMBER, tail=TAIL)
    assert (told["stage"], told["stage_en"]) == ("on_the_way", "the team is on its way")
    assert told["since"] == "2026-03-06T09:00:00+08:00"
    alone = await world(*history, *confirmed).ask("progress", number=NUMBER, tail=TAIL)
    assert alone["stage"] == "Confirmed"


async def test_the_catalogue_in_force_is_the_centers_file_until_one_is_published():
    filed = await world().ask("catalogue")
    assert (filed["published"], filed["version"], filed["supervision_phone"]) == (False, "1", "12345")
    assert {"MT-HUKOU", "MT-PENSION"} <= {entry["matter"] for entry in filed["entries"]}
    stream = f"{CATALOGUE.name}/620105"
    in_force = await world(published(), stream=stream).ask("catalogue")
    assert (in_force["published"], in_force["version"], len(in_force["entries"])) == (True, "2", 2)


async def test_a_guide_is_the_last_one_published_or_the_files():
    filed = await world().ask("guide", matter="MT-HUKOU")
    assert (filed["published"], filed["version"], filed["fee_fen"]) == (False, "1", 0)
    first = published(command=guide())
    told = await world(first, stream=f"{CATALOGUE.name}/620105").ask("guide", matter="MT-HUKOU")
    assert (told["published"], told["version"], told["digest"]) == (True, "2", first.digest)
    assert await refused(world().ask("guide", matter="MT-NONE")) == ("G-01", "unknown_matter")


@obligation("R-10")
async def test_R10_a_batch_shows_its_cases_and_not_whom_to_call():
    number = await world(OPENED, *_added(), stream=f"{BATCH.name}/{PL}").ask("batch", number=PL)
    assert (number["cases"], number["persons"], number["closed"]) == ([NUMBER], 2, False)
    assert "site_contact" not in number
    assert await refused(world().ask("batch", number=PL)) == ("R-10", "batch_unknown")


def _added():
    """As the register adds them, if it does."""
    return [to.fact for to in under(OPENED).facts() if isinstance(to, To) and isinstance(to.fact, BatchMemberAdded)]


@obligation("G-12")
async def test_G12_a_review_that_was_never_done_is_shown_as_missing():
    stream = f"{CATALOGUE.name}/620105"
    never = await world(published(), stream=stream).ask("review")
    assert (never["last_year"], never["owed_year"], never["missing"]) == (None, 2025, True)
    done = given(CATALOGUE, published()).when(review(year=2025), at=at("2026-01-20 10:00")).facts()
    shown = await world(published(), *done, stream=stream).ask("review")
    assert (shown["last_year"], shown["missing"]) == (2025, False)
    assert shown["due"].startswith("2027-01-20")


@obligation("G-08")
async def test_G08_the_years_visits_of_a_window_are_shown_beside_what_is_owed():
    day = at("2026-04-10 00:00").date()
    facts = given(ENTERPRISE_WINDOW, ENROLLED, APRIL).when(record(day), at=at("2026-04-10 17:00")).facts()
    shown = await world(ENROLLED, APRIL, *facts, stream=f"enterprise_window/{WINDOW}").ask(
        "enterprise_visits", window=WINDOW
    )  # fmt: skip
    assert (shown["visits"], shown["least"], shown["owed_next"]) == (1, 12, "2026-05")
    assert await refused(world().ask("enterprise_visits", window=WINDOW)) == ("G-08", "window_not_enrolled")


def test_a_query_is_a_commands_business_of_the_own_desk_only():
    assert QueryProgress.roles == ()
