"""The longest way of a case, first part: an agent asks for somebody, until a team has its time (DOMAIN 4.1 … 4.3)."""

from shared.contracts import intake, intake_request, scheduling
from shared.contracts.common import Period
from tests.given import at
from tests.journey.test_live_case import CENTER, READ_BACK, Center

NAME, NUMBER, PHONE, ADDRESS = "欧阳试样", "62010519570814003X", "13912345678", "安宁区试样路99号4单元1201室"
AGENT, AGENTS_PHONE = "司徒代办", "13887654321"
THEMSELVES = "agent:self"  # the agent, online
CLERK, HANDLER, CHIEF, DISPATCHER = "clerk:F01", "handler:F02", "chief:F03", "dispatcher:F04"
MATTER = "MT-HUKOU"


def period(day: str, start: str, end: str) -> Period:
    return Period(day=at(f"2026-{day} 00:00").date(), start=start, end=end)


NINE, TEN, HALF_PAST_TWO = (
    period("03-19", *hours) for hours in (("09:00", "10:00"), ("10:00", "11:00"), ("14:30", "15:30"))
)


async def registered(center: Center) -> None:
    """With an agent's authority; the daughter calls too, and is told the number that there is."""
    await center.at("2026-03-02 09:20")
    day = at("2026-03-02 00:00").date()
    person = await center.vault.seal_person("l:p", CLERK, NAME, "id_card", NUMBER, PHONE, ADDRESS, on=day)
    agent = await center.vault.seal_person("l:a", CLERK, AGENT, "none", "", AGENTS_PHONE, "", on=day)
    asked = {"case": f"{CENTER}-20260302", "scope": "C3", "matter": MATTER, "applicant": person, "consent": True,
             "needs": ("stairs",)}  # fmt: skip
    center.case = (
        await center.done("intake", intake.RegisterRequest, THEMSELVES, **asked, channel="online", agent=agent,
                          urgent=True, power_of_attorney=True)
    ).case or ""  # fmt: skip
    again = await center.vault.seal_person("l:p2", CLERK, NAME, "id_card", NUMBER, PHONE, ADDRESS, on=day)
    await center.at("2026-03-02 09:45")
    other = await center.done("intake", intake.RegisterRequest, CLERK, **(asked | {"applicant": again}),
                              channel="phone")  # fmt: skip
    assert other.case == center.case
    await center.at("2026-03-02 10:00")
    await center.done("intake", intake.ContactApplicant, CLERK)
    await center.no("G-03", "intake", intake.AcceptRequest, HANDLER)
    await center.done("intake", intake.GrantUrgency, CHIEF)


async def eligible(center: Center) -> None:
    """Is it a case for a visit, and may they ask? What is missing is told once, and more time given for it once."""
    await center.no("I-04", "intake", intake_request.RecordPowerOfAttorney, CLERK, matters=(MATTER,),
                    authority=("apply",), valid_from=at("2026-03-01 00:00").date(),
                    valid_to=at("2026-12-31 00:00").date(), signed=False, papers=("principal", "agent"))  # fmt: skip
    await center.done("intake", intake_request.RecordPowerOfAttorney, CLERK, matters=(MATTER,),
                      authority=("apply", "submit", "sign", "receive"), valid_from=at("2026-03-01 00:00").date(),
                      valid_to=at("2026-12-31 00:00").date(), signed=True, papers=("principal", "agent"))  # fmt: skip
    await center.done("intake", intake_request.AssessCapacity, CLERK, result="able")
    await center.done("intake", intake_request.ClassifyScope, CLERK, scope="C3", grounds=("medical_emergency",))
    told = {"defects": ("household_register_copy", "application_signature"), "proof": ("hospital_certificate",)}
    await center.no("I-07", "intake", intake.NotifyOnce, CLERK, **told)
    await center.done("intake", intake.NotifyOnce, CLERK, **told, doubt="emergency_unclear")
    await center.at("2026-03-12 10:00")
    await center.done("intake", intake.ReceiveSupplement, CLERK, defects=("hospital_certificate",))
    await center.at("2026-03-13 11:00")
    more = {"reason": "waiting_for_documents"}
    await center.no("R-05", "intake", intake_request.ExtendSupplement, CHIEF, **more, told=False)
    await center.done("intake", intake_request.ExtendSupplement, CHIEF, **more, told=True)
    await center.no("T05", "intake", intake_request.ExtendSupplement, CHIEF, reason="once_more", told=True)


async def accepted(center: Center) -> None:
    """The copy may follow, as is pledged; all is read back before a time is offered."""
    await center.at("2026-03-18 09:30")
    await center.done("intake", intake.ReceiveSupplement, CLERK, defects=("application_signature",))
    await center.no("R-06", "intake", intake.AcceptRequest, HANDLER)
    await center.done("intake", intake.AcceptRequest, HANDLER, materials="tolerated",
                      tolerated=("household_register_copy",), pledge_days=3)  # fmt: skip
    await center.at("2026-03-18 10:00")
    await center.no("G-04", "intake", intake.ConfirmInformation, CLERK, read_back=READ_BACK, statement="oral", fee=100)
    await center.done("intake", intake.ConfirmInformation, CLERK, read_back=READ_BACK, statement="online")


async def appointed(center: Center) -> None:
    """Booked by the agent and put off by both sides; one of the team falls ill and another goes instead."""
    await center.at("2026-03-18 10:30")
    await center.done("scheduling", scheduling.OfferPeriods, DISPATCHER, periods=(NINE, TEN))
    await center.no("S-01", "scheduling", scheduling.BookAppointment, THEMSELVES, period=HALF_PAST_TWO)
    await center.done("scheduling", scheduling.BookAppointment, THEMSELVES, period=NINE)
    await center.done("scheduling", scheduling.AssignTeam, DISPATCHER, lead="A01", members=("A02",))
    await center.at("2026-03-18 15:00")
    await center.done("scheduling", scheduling.RescheduleAppointment, THEMSELVES, by="applicant", reason="U03",
                      period=TEN)  # fmt: skip
    await center.at("2026-03-19 08:20")
    await center.no("P-05", "scheduling", scheduling.ReplaceTeamMember, DISPATCHER, out="A02", stand_in="A03",
                    reason="Z01")  # fmt: skip
    await center.done("scheduling", scheduling.ReplaceTeamMember, DISPATCHER, out="A02", stand_in="A03", reason="Z01",
                      handover="complete")  # fmt: skip
    await center.at("2026-03-19 08:40")
    await center.no("S-09", "scheduling", scheduling.RescheduleAppointment, THEMSELVES, by="applicant", reason="U01",
                    period=HALF_PAST_TWO)  # fmt: skip
    await center.done("scheduling", scheduling.RescheduleAppointment, DISPATCHER, by="centre", reason="Z03",
                      period=HALF_PAST_TWO)  # fmt: skip


async def asking(center: Center) -> None:
    for step in (registered, eligible, accepted, appointed):
        await step(center)
