"""What people do with letters that could not be delivered to a reaction: every act is a fact of the service's own log.

A letter's stream is `letter/<case>.<upstream>.<position>.<reaction's digest>`. Its document was recorded by another
service and is never changed there: an edit makes a copy for this one reaction, after two people agreed, and may hold
codes, dates and numbers only. Who may do what is the house's own rule (grade I): no text of the standard speaks of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import StringConstraints

from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Command, Fact

NOUN = "letter"
OPERATORS = ("supervisor", "director")
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:+/\-]{0,64}$")]
Value = Code | int | float | bool | None
Field = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_0-9]+){0,4}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reason = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class ActOnLetter(Command):
    """`fingerprint` and `because` are taken from the letter by the desk, so that the fact says what it was about."""

    roles: ClassVar[tuple[str, ...]] = OPERATORS

    fingerprint: Code = ""
    because: Annotated[str, StringConstraints(max_length=300)] = ""


class RetryLetter(ActOnLetter):
    """Try it again, as it is."""


class DiscardLetter(ActOnLetter):
    """Give it up, and let what waits behind it go on."""

    reason: Reason


class ProposeEdit(ActOnLetter):
    """Try it again with other values in `data`; somebody else has to agree."""

    changes: Mapping[Field, Value]
    reason: Reason
    before: Digest | Literal[""] = ""  # filled by the desk
    after: Digest | Literal[""] = ""


class ApproveEdit(ActOnLetter):
    """The second person's yes, to the document that the desk had before it."""

    after: Digest | Literal[""] = ""  # filled by the desk


class LetterRetried(Fact):
    type = "letter_retried.v1"

    fingerprint: str
    because: str


class LetterDiscarded(Fact):
    type = "letter_discarded.v1"

    fingerprint: str
    because: str
    reason: str


class LetterEditProposed(Fact):
    """`before` and `after`: SHA-256 of the document as it came and as it would be tried."""

    type = "letter_edit_proposed.v1"

    fingerprint: str
    because: str
    changes: Mapping[str, Value]
    reason: str
    before: str
    after: str
    by: str


class LetterEditApproved(Fact):
    type = "letter_edit_approved.v1"

    before: str
    after: str
    proposed_by: str


@dataclass(frozen=True)
class LetterActs:
    """`open`: an edit that waits for the second person."""

    open: LetterEditProposed | None = None
    retries: int = 0
    discarded: bool = False


def decide(command: ActOnLetter, acts: LetterActs, _context: Context) -> Decision:
    if acts.discarded:
        raise Refused("LETTER", "letter_discarded_before")
    about: dict[str, Any] = {"fingerprint": command.fingerprint, "because": command.because}
    match command:
        case RetryLetter():
            return [LetterRetried(**about)]
        case DiscardLetter():
            return [LetterDiscarded(**about, reason=command.reason)]
        case ProposeEdit():
            return [LetterEditProposed(**about, changes=command.changes, reason=command.reason, before=command.before,
                                       after=command.after, by=command.actor)]  # fmt: skip
        case ApproveEdit():
            if not acts.open:
                raise Refused("LETTER", "no_edit_proposed")
            if acts.open.by.partition(":")[2] == command.actor.partition(":")[2]:
                raise Refused("LETTER", "edit_needs_another")
            if command.after != acts.open.after:  # proposed anew in between
                raise Refused("LETTER", "edit_is_another")
            return [LetterEditApproved(before=acts.open.before, after=acts.open.after, proposed_by=acts.open.by)]
    raise Refused("SCHEMA", "unknown_command")


def evolve(acts: LetterActs, fact: Any) -> LetterActs:
    match fact:
        case LetterRetried():
            return LetterActs(acts.open, acts.retries + 1)
        case LetterEditProposed():
            return LetterActs(fact, acts.retries)
        case LetterEditApproved():
            return LetterActs(None, acts.retries + 1)
        case LetterDiscarded():
            return LetterActs(None, acts.retries, discarded=True)
    return acts


LETTER: Decider[ActOnLetter, LetterActs] = Decider(
    name=NOUN,
    commands=(RetryLetter, DiscardLetter, ProposeEdit, ApproveEdit),
    facts=(LetterRetried, LetterDiscarded, LetterEditProposed, LetterEditApproved),
    initial=LetterActs(),
    decide=decide,
    evolve=evolve,
)
