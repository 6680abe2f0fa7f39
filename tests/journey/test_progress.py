"""Progress as a citizen asks for it: over the bus, of services as processes, by number and end of the phone number."""

import asyncio
import json
from pathlib import Path

from deploy.supervisor import Site
from shared.contracts import intake
from tests.given import at
from tests.journey.test_live_case import CENTER, Center


async def asked(center: Center, question: str, **fields) -> dict:
    body = json.dumps(fields).encode()
    return json.loads((await center._nats.request(f"ask.{CENTER}.intake.{question}", body, timeout=5)).data)


async def live(center: Center) -> None:
    await center.at("2026-03-02 09:20")
    person = await center.vault.seal_person("t:seal", "clerk:F01", "甲乙丙", "id_card", "620105194503120014",
                                            "13900004321", "某街道1号", on=at("2026-03-02 00:00").date())  # fmt: skip
    register = {"case": f"{CENTER}-20260302", "channel": "phone", "scope": "A3", "matter": "MT-HUKOU",
                "applicant": person, "consent": True}  # fmt: skip
    first = await center.done("intake", intake.RegisterRequest, "clerk:F01", **register)
    center.case = first.case or ""

    async def progress(tail: str) -> dict:
        envelope = await center.vault.tail_envelope(tail)
        return await asked(center, "progress", number=center.case, tail=envelope)

    wrong = await progress("0000")
    assert (wrong["accepted"], wrong["rule"], wrong["why"]) == (False, "D-08", "progress_not_shown")
    shown = await progress("4321")
    assert (shown["accepted"], shown["stage"], shown["first_handler"]) == (True, "Registered", "F01")
    queries = [fact for fact in await center.facts("intake") if fact["type"] == "progress_queried.v1"]
    assert [fact["data"]["shown"] for fact in queries] == [False, True]

    again = await center.done("intake", intake.RegisterRequest, "clerk:F02", **(register | {"channel": "window"}))
    assert again.case == center.case  # the caller gets the first number
    kinds = await center.kinds("intake")
    assert "duplicate_request_linked" in kinds
    await center.done("intake", intake.WithdrawRequest, "clerk:F01")
    assert (await progress("4321"))["stage"] == "Withdrawn"
    anew = await center.done("intake", intake.RegisterRequest, "clerk:F01", **register)
    assert anew.case not in {first.case, None}

    opened = await center.done("intake", intake.OpenBatch, "clerk:F01", case=f"{CENTER}-20260302", scope="D1",
                               matter="MT-PENSION", persons=1, site_contact=person.sealed)  # fmt: skip
    assert (opened.case or "").startswith(f"PL-{CENTER}-20260302-0001-")
    await center.done("intake", intake.AddBatchMember, "clerk:F01", case=f"{CENTER}-20260302", batch=opened.case,
                      channel="community", applicant=person, consent=True)  # fmt: skip
    await center.done("intake", intake.CloseBatch, "clerk:F01", case=opened.case)
    batch = await asked(center, "batch", number=opened.case)
    assert (len(batch["cases"]), batch["closed"]) == (1, True)
    assert (await asked(center, "catalogue"))["version"] == "1"


def test_progress_is_told_to_who_knows_number_and_phone(tmp_path: Path):
    async def go(site: Site) -> None:
        async with site.console() as connection:
            await live(Center(connection, site))

    with Site(tmp_path, CENTER, mode="played") as site:
        asyncio.run(go(site))
