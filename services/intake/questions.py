"""What anybody may ask intake without changing anything: progress, the catalogue, a guide, a batch, what is owed.

Asking for progress is logged, shown or not; digits that do not fit and a number that does not exist are told alike.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

from pydantic import Field, StringConstraints

from services.intake.batch import BATCH, Batch
from services.intake.catalogue import CATALOGUE
from services.intake.enterprise_visits import ENTERPRISE_WINDOW, EnterpriseWindow
from services.intake.events_catalogue import CataloguePublished, GuidePublished
from services.intake.progress import progress
from services.intake.request import REQUEST
from services.intake.situations import Request
from shared.contracts.common import LOCAL
from shared.contracts.intake import QueryProgress
from shared.decider import Refused
from shared.messages import ActorName, Answer, Command, Fact, Message
from shared.rules import Rules
from shared.sealed import NotSealed

Question = Callable[[bytes], Awaitable[bytes]]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")]


class Told(NamedTuple):
    """A fact of a stream, and when it happened."""

    fact: Fact
    time: str


class Outside(NamedTuple):
    """What the questions need of the world around them."""

    handle: Callable[[Command], Awaitable[Answer]]
    look: Callable[[str], Awaitable[Sequence[Told]]]  # a stream's facts
    same_phone_tail: Callable[[str, str, str, str, str], Awaitable[bool]]
    elsewhere: Callable[[str], Awaitable[Sequence[Mapping[str, Any]]]]  # what others have told of a case
    today: Callable[[], datetime]


class AskProgress(Message):
    """`tail`: the last four digits of the phone number, encrypted to the vault."""

    number: Key
    tail: str = Field(max_length=500)
    actor: ActorName = "applicant:query"
    id: str = Field(default_factory=lambda: uuid4().hex, max_length=100)


class AskNothing(Message):
    pass


class AskGuide(Message):
    matter: Key


class AskBatch(Message):
    number: Key


class AskWindow(Message):
    window: Key


def questions(outside: Outside, rules: Rules, center: str) -> dict[str, Question]:
    async def ask_progress(body: bytes) -> bytes:
        asked = AskProgress.model_validate_json(body)
        told = await outside.look(f"{REQUEST.name}/{asked.number}")
        request = REQUEST.state_after(each.fact for each in told)
        if not isinstance(request.situation, Request):
            raise Refused("D-08", "progress_not_shown")
        person = request.situation.asked.person
        try:
            same = await outside.same_phone_tail(asked.id, asked.actor, asked.number, person, asked.tail)
        except NotSealed as no:
            return _json(accepted=False, rule=no.rule, why=no.why, reason=no.reason, reason_en=no.reason_en,
                         retry=no.retry)  # fmt: skip
        logged = await outside.handle(QueryProgress(id=asked.id, case=asked.number, actor=asked.actor, shown=same))
        if not logged.accepted:
            return logged.model_dump_json(exclude_none=True).encode()
        if not same:
            raise Refused("D-08", "progress_not_shown")
        return _json(accepted=True, **progress(asked.number, request, _since(told),
                                               await outside.elsewhere(asked.number)))  # fmt: skip

    async def ask_catalogue(body: bytes) -> bytes:
        AskNothing.model_validate_json(body or b"{}")
        facts = [each.fact for each in await outside.look(f"{CATALOGUE.name}/{center}")]
        published = next((fact for fact in reversed(facts) if isinstance(fact, CataloguePublished)), None)
        if published:
            return _json(published=True, **published.model_dump(mode="json", exclude={"review_from"}))
        filed = asdict(rules.catalogue) | {"limits": {name: _length(rules, name) for name in rules.catalogue.limits}}
        entries = [{"matter": m.code, "status": "in_use", "scopes": m.scopes} for m in rules.matters.values()]
        return _json(published=False, **filed, entries=entries)

    async def ask_guide(body: bytes) -> bytes:
        matter = AskGuide.model_validate_json(body).matter
        if not (known := rules.matters.get(matter)):
            raise Refused("G-01", "unknown_matter", matter=matter)
        facts = [each.fact for each in await outside.look(f"{CATALOGUE.name}/{center}")]
        for fact in reversed(facts):
            if isinstance(fact, GuidePublished) and fact.matter == matter:
                return _json(published=True, name=known.name, **fact.model_dump(mode="json"))
        filed = asdict(known.guide) if known.guide else {}
        return _json(published=False, name=known.name, matter=matter, materials=known.materials,
                     promise_days=known.promise_days, **filed)  # fmt: skip

    async def ask_batch(body: bytes) -> bytes:
        number = AskBatch.model_validate_json(body).number
        told = await outside.look(f"{BATCH.name}/{number}")
        batch = BATCH.state_after(each.fact for each in told).situation
        if not isinstance(batch, Batch):
            raise Refused("R-10", "batch_unknown", batch=number)
        opened = batch.opened.model_dump(mode="json", exclude={"site_contact"})
        return _json(number=number, **opened, cases=batch.cases, closed=batch.closed)

    async def ask_review(body: bytes) -> bytes:
        """The review of last year is owed; what was never done is missing as well."""
        AskNothing.model_validate_json(body or b"{}")
        told = await outside.look(f"{CATALOGUE.name}/{center}")
        published = CATALOGUE.state_after(each.fact for each in told)
        due = published.running.get("G-12")
        last, owed = published.situation.last_review, outside.today().astimezone(LOCAL).year - 1
        return _json(last_year=last, owed_year=owed, missing=rules.in_force("G-12") and (last is None or last < owed),
                     due=due.due_at.isoformat() if due else None)  # fmt: skip

    async def ask_enterprise_visits(body: bytes) -> bytes:
        key = AskWindow.model_validate_json(body).window
        told = await outside.look(f"{ENTERPRISE_WINDOW.name}/{key}")
        window = ENTERPRISE_WINDOW.state_after(each.fact for each in told).situation
        if not isinstance(window, EnterpriseWindow):
            raise Refused("G-08", "window_not_enrolled")
        year = outside.today().astimezone(LOCAL).year
        return _json(window=key, year=year, visits=window.visits_in(year), least=window.least,
                     days=[day.isoformat() for day in window.days if day.year == year],
                     owed_next=f"{window.month:%Y-%m}" if window.month else None)  # fmt: skip

    return {
        "progress": ask_progress, "catalogue": ask_catalogue, "guide": ask_guide, "batch": ask_batch,
        "review": ask_review, "enterprise_visits": ask_enterprise_visits,
    }  # fmt: skip


def _since(told: Sequence[Told]) -> str:
    """When it last moved on: asking how far it is moves nothing, nor do clocks."""
    quiet = ("deadline_", "progress_queried", "urge_", "supervision_", "circular_")
    return next((each.time for each in reversed(told) if not each.fact.type.startswith(quiet)), "")


def _length(rules: Rules, name: str) -> str:
    limit = rules.limits[name]
    return f"{limit.value} {limit.unit}"


def _json(**content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
