"""A day is closed, and what was agreed for it is given up and offered anew: through the broker, by the service."""

import asyncio
from pathlib import Path

import pytest

from deploy.supervisor import Site
from shared.contracts import intake, intake_request, scheduling
from shared.contracts.common import Period
from tests.given import at
from tests.journey.test_live_case import CENTER, READ_BACK, Center

WEDNESDAY, THURSDAY, FRIDAY = (
    Period(day=at(f"2026-03-{day} 00:00").date(), start="09:00", end="10:00") for day in ("04", "05", "06")
)
DESK = ("scheduling", "dispatcher:F04")


async def _booked(center: Center) -> None:
    await center.at("2026-03-02 09:20")
    person = await center.vault.seal_person("t:seal", "clerk:F01", "甲乙丙", "id_card", "620105194503120014",
                                            "13900000000", "某街道1号", on=at("2026-03-02 00:00").date())  # fmt: skip
    asked = await center.done("intake", intake.RegisterRequest, "clerk:F01", case="620105-20260302", channel="phone",
                              scope="A3", matter="MT-HUKOU", applicant=person, consent=True)  # fmt: skip
    center.case = asked.case or ""
    await center.done("intake", intake.ContactApplicant, "clerk:F01")
    await center.done("intake", intake_request.AssessCapacity, "clerk:F01", result="able")
    await center.done("intake", intake.AcceptRequest, "handler:F02")
    await center.done("intake", intake.ConfirmInformation, "clerk:F01", read_back=READ_BACK, statement="oral")
    await center.done("scheduling", scheduling.OfferPeriods, DESK[1], periods=(WEDNESDAY, THURSDAY))
    await center.done("scheduling", scheduling.BookAppointment, DESK[1], period=WEDNESDAY, lead="A01", members=("A02",))


async def closed(center: Center) -> None:
    await _booked(center)
    await center.done("scheduling", scheduling.CloseDay, "director:F01", case=CENTER, day=WEDNESDAY.day, reason="Z05")
    told = await center.kinds("scheduling")
    assert told.count("reschedule_requested") == 1
    await center.at("2026-03-02 11:00")
    assert "notice_sent" in await center.kinds("scheduling")
    await center.no("S-14", "scheduling", scheduling.OfferPeriods, DESK[1], periods=(WEDNESDAY, THURSDAY))
    await center.done("scheduling", scheduling.OfferPeriods, DESK[1], periods=(THURSDAY, FRIDAY))
    order = {"case": CENTER, "order": "AN-2026-3"}
    await center.done("scheduling", scheduling.BookAppointment, DESK[1], period=THURSDAY)
    await center.done("scheduling", scheduling.SuspendVisits, "director:F01", **order, reason="Z06", first=THURSDAY.day)
    assert (await center.kinds("scheduling")).count("reschedule_requested") == len((WEDNESDAY, THURSDAY))
    await center.no("X-13", "scheduling", scheduling.BookAppointment, DESK[1], period=FRIDAY)
    await center.done("scheduling", scheduling.LiftSuspension, "director:F01", **order)
    await center.done("scheduling", scheduling.BookAppointment, DESK[1], period=FRIDAY)


@pytest.fixture
def site(tmp_path: Path):
    with Site(tmp_path, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        yield site


@pytest.mark.nats
def test_S14_X13_what_cannot_be_kept_is_given_up_and_offered_anew(site):
    async def go() -> None:
        async with site.console() as connection:
            await closed(Center(connection, site))

    asyncio.run(go())
