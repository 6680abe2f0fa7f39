"""The crypto desk: decrypt, check, key table, fact, answer, in this order; only an opening's fact comes before the key.

No answer, log line or error holds what was in an envelope.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Literal, TypeVar

import structlog
from pydantic import ValidationError

from services.vault.access import PERSON_FIELDS, RecordOpening
from services.vault.identity import Said, SaidTail, SaidText, check
from services.vault.keys import KeyTable, token_of
from services.vault.phone_tail import RecordTailAsked, RecordTailCompared
from services.vault.subject import RecordSealing
from shared.contracts.common import LOCAL, Person
from shared.contracts.vault import (
    ComparePhoneTail,
    OpenSealed,
    RestrictCase,
    RestrictPerson,
    Sealed,
    SealPerson,
    SealText,
    ShredCase,
    ShredPerson,
)
from shared.decider import Refused
from shared.messages import Answer, Command, Message
from shared.messaging import invalid
from shared.rights import check_right
from shared.sealed import Unreadable, encrypt_to
from shared.words import sentence, word

log = structlog.get_logger()
Handle = Callable[[Command], Awaitable[Answer]]
Question = Callable[[bytes], Awaitable[bytes]]
M = TypeVar("M", bound=Message)
END_OF_USE = (RestrictPerson, ShredPerson, RestrictCase, ShredCase)


def questions(handle: Handle, keys: KeyTable, center: str) -> dict[str, Question]:
    """The last token of the subject -> what answers it, from request body to reply body."""

    async def public_key(_body: bytes) -> bytes:
        return json.dumps({"center": center, "public_key": keys.public_key}).encode()

    async def seal_person(ask: SealPerson) -> Sealed:
        said = _said(Said, keys.read(ask.envelope))
        identity = check(said, ask.on or _today())
        stored = keys.seal(ask.actor, ask.id, _canonical(identity.fields), on=ask.on or _today())
        token = token_of(stored.token)
        given = tuple(field for field in PERSON_FIELDS if field in identity.fields)
        await _on_record(handle, ask, token.kid, "person", given)
        known = check(said, stored.on)  # asked again on another day: as old as on the day of the first time
        number = identity.fields.get("id_number", token.kid)  # without a document nobody is the same as anybody
        person = Person(sealed=stored.token, ref=keys.reference(said.id_kind, number), age_band=known.age_band,
                        sex=known.sex, area=known.area, document=said.id_kind, given=given)  # fmt: skip
        return Sealed(person=person)

    async def seal_text(ask: SealText) -> Sealed:
        text = _said(SaidText, keys.read(ask.envelope)).text.strip()
        if not text:
            raise Refused("SCHEMA", "text_missing", field="text")
        stored = keys.seal(ask.actor, ask.id, _canonical({"text": text}), on=_today(), kid=ask.kid)
        await _on_record(handle, ask, token_of(stored.token).kid, "text", ("text",))
        return Sealed(text=stored.token)

    async def open_sealed(ask: OpenSealed) -> Sealed:
        kids = tuple(token_of(sealed).kid for sealed in ask.sealed)
        # Another reply key reads again, so it counts again; the same one repeats the same answer to the same reader.
        again = sha256(f"{ask.reply_key} {' '.join(ask.sealed)}".encode()).hexdigest()[:24]
        record = RecordOpening(id=f"{ask.id}:{again}", case=ask.case, actor=ask.actor, kids=kids,
                               fields=tuple(dict.fromkeys(ask.fields)), purpose=ask.purpose)  # fmt: skip
        answer = await handle(record)
        if not answer.accepted:
            return _no(answer, field="purpose" if answer.why in {"no_purpose", "not_your_purpose"} else "sealed")
        opened = [keys.open(sealed) for sealed in ask.sealed]
        shown = [{field: each[field] for field in record.fields if field in each} for each in opened]
        try:
            return Sealed(envelope=encrypt_to(ask.reply_key, json.dumps(shown, ensure_ascii=False).encode()))
        except Unreadable:
            raise Refused("ENVELOPE", "reply_key_unreadable", field="envelope") from None

    async def compare_phone_tail(ask: ComparePhoneTail) -> Sealed:
        tail, kid = _said(SaidTail, keys.read(ask.envelope)).tail, token_of(ask.sealed).kid
        # Another envelope is another try; the same one gets the same answer again.
        again = sha256(f"{ask.envelope} {ask.sealed}".encode()).hexdigest()[:24]
        said = {"case": ask.case, "actor": ask.actor, "kid": kid}
        answer = await handle(RecordTailAsked(id=f"{ask.id}:{again}", **said))
        if not answer.accepted:
            return _no(answer, field="sealed")
        same = compare_digest(keys.open(ask.sealed).get("phone", "")[-4:].encode(), tail.encode())
        await handle(RecordTailCompared(id=f"{ask.id}:{again}:compared", same=same, **said))
        return Sealed(same=same)

    return {
        "public_key": public_key,
        "compare_phone_tail": _safely(ComparePhoneTail, compare_phone_tail),
        "seal_person": _safely(SealPerson, seal_person),
        "seal_text": _safely(SealText, seal_text),
        "open_sealed": _safely(OpenSealed, open_sealed),
        **{command.asked(): _end_of_use(command, handle, keys, center) for command in END_OF_USE},
    }


def _end_of_use(command: type[Command], handle: Handle, keys: KeyTable, center: str) -> Question:
    """The fact first: it counts from then on, and the key follows, now or at the next start at the latest."""

    async def reply(body: bytes) -> bytes:
        try:
            wish = command.model_validate_json(body)
            check_right(wish, center)
            answer = await handle(wish)
            if answer.accepted:
                whom = [fact.split("/")[-2] for fact in answer.facts if "/subject/" in fact]
                if isinstance(wish, (RestrictPerson, ShredPerson)):
                    whom.append(wish.case)
                if isinstance(wish, (ShredPerson, ShredCase)):
                    keys.shred(*whom)
                else:
                    keys.reapply(whom, ())
        except Exception as failure:  # noqa: BLE001  # the caller must hear of it, without what was in it
            no = _refused(failure, command.__name__)
            answer = Answer(**no.model_dump(include={"accepted", "rule", "why", "reason", "reason_en", "retry"}))
        return answer.model_dump_json(exclude_none=True).encode()

    return reply


def _safely(ask: type[M], answers: Callable[[M], Awaitable[Sealed]]) -> Question:
    async def reply(body: bytes) -> bytes:
        try:
            answer = await answers(ask.model_validate_json(body))
        except Exception as failure:  # noqa: BLE001  # the caller must hear of it, without what was in it
            answer = _refused(failure, ask.__name__)
        return answer.model_dump_json(exclude_none=True).encode()

    return reply


async def _on_record(
    handle: Handle, ask: SealPerson | SealText, kid: str, content: Literal["person", "text"], fields: Sequence[str]
) -> None:
    answer = await handle(
        RecordSealing(id=ask.id, case=kid, actor=ask.actor, content=content, fields=tuple(fields))
    )  # fmt: skip
    if not answer.accepted:
        raise _Answered(answer)


class _Answered(Exception):
    """The decider's no, on its way out."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


def _refused(failure: Exception, asked: str) -> Sealed:
    match failure:
        case Refused(rule=rule, why=why, about=about):
            return Sealed(accepted=False, rule=rule, why=why, reason=sentence("why", why, about),
                          reason_en=sentence("why", why, about, "en"), field=about.get("field", ""))  # fmt: skip
        case _Answered(answer=answer):
            return _no(answer)
        case ValidationError():
            return _no(invalid(failure))
    log.error("mistake at the desk", command=asked, error=type(failure).__name__)
    return Sealed(accepted=False, rule="UNAVAILABLE", why="unavailable", reason=word("why", "unavailable"),
                  reason_en=word("why", "unavailable", "en"), retry=True)  # fmt: skip


def _no(answer: Answer, field: Literal["sealed", "purpose", ""] = "") -> Sealed:
    return Sealed(accepted=False, rule=answer.rule, why=answer.why, reason=answer.reason, reason_en=answer.reason_en,
                  retry=answer.retry, field=field)  # fmt: skip


def _said(kind: type[M], content: bytes) -> M:
    """The reason of a failure may quote the content: it ends here."""
    try:
        return kind.model_validate_json(content)
    except ValidationError:
        raise Refused("ENVELOPE", "envelope_unreadable", field="envelope") from None


def _canonical(fields: dict[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _today() -> date:
    return datetime.now(LOCAL).date()
