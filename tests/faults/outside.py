"""People outside: each carries cases through the desks, one command after the other, and insists on an answer.

A command that gets no answer is sent again under its id, as it is; only when patience ends is it "unknown".
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from nats.errors import Error as NatsError

from deploy.console import Console
from shared.calendar import SHANGHAI
from shared.contracts import feedback, intake, intake_request, scheduling
from shared.contracts.common import Period, Person
from shared.messages import Answer, Command
from shared.sealed import NotSealed, VaultClient
from tests.faults.ledger import Notebook, Told
from tests.faults.people import Citizen, citizen

READ_BACK = ("identity", "phone", "address", "matter", "materials", "persons", "fee", "recording")
HOURS = ("09:00", "10:00", "14:30", "15:30")
PATIENCE, ANSWER, PAUSE = 120.0, 3.0, 0.05  # seconds: for a command, for one answer, before it is sent again
Now = Callable[[], datetime]


def real_time() -> datetime:
    return datetime.now(UTC)


class Outside:
    """`times`: how often each command is sent although it was answered. `log`: as the client may read it again."""

    def __init__(
        self, connection: Console, center: str, log: Notebook, seed: int, *, now: Now = real_time, times: int = 1,
        patience: float = PATIENCE, resting: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._nats, self._center, self._log, self._now = connection, center, log, now
        self.chance, self._times, self._patience, self._resting = random.Random(seed), times, patience, resting  # noqa: S311  # no secret
        self._vault = VaultClient(connection, center, timeout=ANSWER)
        self._name, self._next, self.begun = f"out{seed}", 0, 0
        self.citizens, self.cases, self.said = list[Citizen](), list[str](), list[tuple[Told, str, bytes]]()
        self.accepted = self.refused = self.facts = self.again = 0
        self.waits = list[float]()  # seconds from a command to its answer
        self.stopped = False

    async def work(self, people: int, cases: int = 10**9) -> None:
        """Until so many cases are through, or `stopped`; a case that was begun is carried to its end."""
        await asyncio.gather(*(self._person(cases) for _ in range(people)))

    async def _person(self, cases: int) -> None:
        while not self.stopped and self.begun < cases:
            self.begun += 1
            await self.one_case()

    async def one_case(self) -> str:
        person = await self._sealed()
        day = self._today()
        register = f"{self._center}-{day:%Y%m%d}"
        number = await self.tell("intake", intake.RegisterRequest, "clerk:F01", register, channel="phone", scope="A3",
                                 matter="MT-HUKOU", applicant=person, consent=True)  # fmt: skip
        if not number.accepted or not (case := number.case):
            return ""
        for wish, actor, fields in (
            (intake.ContactApplicant, "clerk:F01", {}),
            (intake_request.AssessCapacity, "clerk:F01", {"result": "able"}),
            (intake.AcceptRequest, "handler:F02", {"materials": "complete"}),
            (intake.ConfirmInformation, "clerk:F01", {"read_back": READ_BACK, "statement": "oral"}),
        ):
            if not (await self.tell("intake", wish, actor, case, **fields)).accepted:
                return case
        self.cases.append(case)
        await self.tell("feedback", feedback.ReceiveComplaint, "clerk:F01", case, category="CT01", channel="phone")
        await self._appointment(case, day)
        return case

    async def _appointment(self, case: str, day: date) -> None:
        """Asked for by a reaction, so it is waited for; where the days are full, that is an answer too."""
        until = time.monotonic() + self._patience
        while not await self.ask("scheduling", "case_history", case=case):
            if time.monotonic() > until:
                return  # the checker finds that nobody sought it
            await asyncio.sleep(PAUSE)
        start = self.chance.choice(HOURS)
        end = f"{int(start[:2]) + 1}{start[2:]}"
        periods = tuple(Period(day=day + timedelta(days=n), start=start, end=end) for n in (2, 5))
        chosen = self.chance.choice(periods)
        lead, member = self.chance.sample(["A01", "A02", "A03", "A04", "A05", "A06"], 2)
        await self.tell("scheduling", scheduling.OfferPeriods, "dispatcher:F04", case, periods=periods)
        await self.tell("scheduling", scheduling.BookAppointment, "dispatcher:F04", case, period=chosen)
        await self.tell("scheduling", scheduling.AssignTeam, "dispatcher:F04", case, lead=lead, members=(member,))

    def _today(self) -> date:
        return self._now().astimezone(SHANGHAI).date()

    async def tell(self, service: str, wish: type[Command], actor: str, case: str, **fields: Any) -> Answer:
        """Until there is an answer that is not "later"."""
        self._next += 1
        command = wish(id=f"{self._name}:{self._next}", case=case, actor=actor, **fields)
        told = Told(command.id, actor, service, wish.__name__, case)
        subject, body = self._address(service, wish.asked()), command.model_dump_json(exclude_defaults=True).encode()
        self._log.sending(told)
        began = time.monotonic()
        answer = await self._insisted(subject, body, told)
        self.waits.append(time.monotonic() - began)
        if answer:
            told.state, told.case = "accepted" if answer.accepted else "refused", answer.case or case
            told.facts, told.why = answer.facts, f"{answer.rule} {answer.why}" if not answer.accepted else ""
            for _ in range(self._times - 1):
                if await self._insisted(subject, body, told) != answer:
                    told.contradicted = True
        else:
            told.state = "unknown"
        self._log.heard(told)
        self.said.append((told, subject, body))
        self.accepted += told.state == "accepted"
        self.refused += told.state == "refused"
        self.facts += len(told.facts)
        return answer or Answer(accepted=False)

    async def say_all_again(self) -> int:
        """Every command once more, as it was; how many were answered otherwise than the first time."""
        other = 0
        for told, subject, body in self.said:
            answer = await self._insisted(subject, body, told)
            same = answer and tuple(answer.facts) == tuple(told.facts) and answer.accepted == (told.state == "accepted")
            told.contradicted |= told.state == "accepted" and not same
            other += told.contradicted
            self._log.heard(told)
        return other

    async def ask(self, service: str, question: str, **about: Any) -> list[Mapping[str, Any]]:
        try:
            body = json.dumps(about).encode()
            reply = await self._nats.request(self._address(service, question), body, timeout=ANSWER)
            return list(json.loads(reply.data).get("facts", ()))
        except (NatsError, TimeoutError, OSError):
            return []

    def _address(self, service: str, asked: str) -> str:
        return f"ask.{self._center}.{service}.{asked}"

    async def _insisted(self, subject: str, body: bytes, told: Told) -> Answer | None:
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            try:
                reply = await self._nats.request(subject, body, timeout=ANSWER)
                answer = Answer.model_validate_json(reply.data)
                if not answer.retry:
                    return answer
            except (NatsError, TimeoutError, OSError):
                pass
            told.times += 1
            self.again += 1
            await asyncio.sleep(PAUSE)
            if self._resting:
                await self._resting()
        return None

    async def _sealed(self) -> Person:
        """Sealed twice under one id it is the same person: the vault may have answered without being heard."""
        self._next += 1
        who, name = citizen(self.chance), f"{self._name}:seal{self._next}"
        self.citizens.append(who)
        while True:
            try:
                return await self._vault.seal_person(name, "clerk:F01", who.name, "id_card", who.number, who.phone,
                                                     who.address, on=self._today())  # fmt: skip
            except NotSealed as no:
                if not no.retry:
                    raise
                await asyncio.sleep(PAUSE)
                if self._resting:
                    await self._resting()
