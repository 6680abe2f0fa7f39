"""The desk of letters, the same in every service: what is there, why, what would become of it now; and the acts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b, sha256
from typing import Any

from pydantic import ValidationError

from shared.command_handler import CommandHandler
from shared.decider import Refused
from shared.event_store import EventStore
from shared.inbox import Inbox, where
from shared.letters import LETTER, ActOnLetter, ApproveEdit, DiscardLetter, LetterActs, ProposeEdit
from shared.logs import PERSONAL
from shared.messages import Answer
from shared.messaging import Reply
from shared.recorders import Letter
from shared.rights import check_right

OPEN = ("dead", "held")
MOST = 10_000


def key_of(letter: Letter) -> str:
    """Begins with the case, so that what was done with its letters stands in its history."""
    reaction = blake2b(letter.reaction.encode(), digest_size=3).hexdigest()
    return f"{letter.case}.{letter.upstream.rpartition('.')[2]}.{letter.position}.{reaction}"


def fingerprint(letter: Letter) -> str:
    """Letters of one cause have it in common: the reaction and the reason, in neither of which stands a value."""
    return blake2b(f"{letter.upstream}|{letter.reaction}|{letter.reason}".encode(), digest_size=4).hexdigest()


def changed(document: bytes, changes: Mapping[str, Any]) -> bytes:
    """The document with other values in its data. Raises `Refused` where there is no such field."""
    whole = json.loads(document)
    for path, value in changes.items():
        *way, last = path.split(".")
        inside = whole["data"]
        for step in way:
            inside = inside.get(step) if isinstance(inside, dict) else None
        if not isinstance(inside, dict) or last not in inside:
            raise Refused("LETTER", "no_such_field", field=path)
        inside[last] = value
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


class LetterDesk:
    """`inboxes`: those that run here, which know the reactions."""

    def __init__(
        self, store: EventStore, handler: CommandHandler, center: str, inboxes: Callable[[], Sequence[Inbox]]
    ) -> None:
        self._store, self._handler, self._center, self._inboxes = store, handler, center, inboxes

    def questions(self) -> dict[str, Reply]:
        return {"letters": self.list, "letter": self.show, "letter_dry_run": self.dry_run}

    def acts(self) -> dict[type[ActOnLetter], Reply]:
        def reply(command: type[Any]) -> Reply:
            async def act(body: bytes) -> bytes:
                return (await self.act(command.model_validate_json(body))).to_json(exclude_none=True)

            return act

        return {command: reply(command) for command in LETTER.commands}

    async def list(self, body: bytes) -> bytes:
        """{"state": "dead"|"held"|…} -> {"letters": [what each is about, without its document]}"""
        state = json.loads(body or b"{}").get("state")
        return json.dumps({"letters": [_told(one) for one in await self._letters(state)]}, ensure_ascii=False).encode()

    async def show(self, body: bytes) -> bytes:
        """{"id": letter} -> the same of one, with its document and what was done with it"""
        letter = await self._one(json.loads(body or b"{}").get("id", ""))
        acts = await self._acts(letter)
        proposed = acts.open.model_dump(mode="json") if acts.open else None
        told = _told(letter) | {"document": _read(letter.document), "proposed": proposed, "retries": acts.retries}
        return json.dumps(told, ensure_ascii=False).encode()

    async def dry_run(self, body: bytes) -> bytes:
        """{"id": letter, "edited": false} -> what today's code would do with it; nothing is written"""
        asked = json.loads(body or b"{}")
        letter = await self._one(asked.get("id", ""))
        if asked.get("edited"):
            acts = await self._acts(letter)
            if not acts.open:
                raise Refused("LETTER", "no_edit_proposed")
            letter = replace(letter, document=changed(letter.document, acts.open.changes))
        return json.dumps(await self._tried(letter), ensure_ascii=False).encode()

    async def act(self, command: Any) -> Answer:
        """The act and what becomes of the letter are one commit."""
        check_right(command, self._center)
        values = getattr(command, "changes", {}).values()
        if PERSONAL.search("\n".join([getattr(command, "reason", ""), *map(str, values)])):
            raise Refused("LETTER", "no_personal_data")
        letter = await self._one(command.case)
        acts = await self._acts(letter)
        told = {"fingerprint": fingerprint(letter), "because": letter.reason}
        again = replace(letter, state="held", attempts=0, due=0.0)
        match command:
            case ProposeEdit():
                after = changed(letter.document, command.changes)
                told |= {"before": sha256(letter.document).hexdigest(), "after": sha256(after).hexdigest()}
                becomes = []
            case ApproveEdit():
                changes = acts.open.changes if acts.open else {}
                after = changed(letter.document, changes)
                told |= {"after": sha256(after).hexdigest()}
                becomes = [replace(again, document=after)]
            case DiscardLetter():
                becomes = [replace(letter, state="discarded")]
            case _:
                becomes = [again]
        wish = command.model_copy(update=told)
        answers = await self._handler.handle_all((wish,), on_yes=becomes)
        for inbox in self._inboxes():
            inbox.look_again()
        return answers[0]

    async def _letters(self, state: str | None) -> Sequence[Letter]:
        states = [state] if state else OPEN
        return [
            one for each in states for one in await self._handler.in_writer(self._store.recorder.letters, each, MOST)
        ]

    async def _one(self, key: str) -> Letter:
        found = [letter for letter in await self._letters(None) if key_of(letter) == key]
        if not found:
            raise Refused("LETTER", "no_such_letter")
        return found[0]

    async def _acts(self, letter: Letter) -> LetterActs:
        stream = f"{LETTER.name}/{key_of(letter)}"
        histories, _ = await self._handler.in_writer(self._store.recorder.look, [stream], [])
        return LETTER.state_after(map(self._store.fact, histories[stream]))

    async def _tried(self, letter: Letter) -> dict[str, Any]:
        inbox = next((each for each in self._inboxes() if each.upstream == letter.upstream), None)
        try:
            if inbox is None or not (reaction := inbox.reaction(letter.reaction)):
                return {"outcome": "no_reaction"}
            command = inbox.react(reaction, letter.document)
            if command is None:
                return {"outcome": "nothing"}
            answer, kinds = await self._handler.try_out(command)
        except ValidationError as invalid:
            return {"outcome": "unreadable", "detail": [".".join(map(str, each["loc"])) for each in invalid.errors()]}
        except Exception as failure:  # noqa: BLE001  # that is what is asked for
            return {"outcome": "mistake", "detail": type(failure).__name__, "at": where(failure)}
        said = {"command": type(command).__name__, "facts": kinds}
        if answer.accepted:
            return {"outcome": "accepted", **said}
        return {
            "outcome": "refused",
            **said,
            "rule": answer.rule,
            "reason": answer.reason,
            "reason_en": answer.reason_en,
        }


def _read(document: bytes) -> dict[str, Any]:
    """Empty where it is no fact at all."""
    try:
        said = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _told(letter: Letter) -> dict[str, Any]:
    document = _read(letter.document)
    told = {key: value for key, value in asdict(letter).items() if key != "document"}
    return told | {
        "id": key_of(letter), "fingerprint": fingerprint(letter), "fact": document.get("id"),
        "type": document.get("type"), "since": document.get("recordedat"),
    }  # fmt: skip
