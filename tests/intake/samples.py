"""Commands and facts that intake's tests share: one old person's application to move house register."""

from datetime import datetime
from typing import Any, TypeVar

from services.intake.events import OneTimeNotificationIssued, RequestRegistered
from services.intake.events_request import CapacityAssessed
from shared.contracts.common import Person
from shared.contracts.intake import RegisterRequest
from shared.messages import Command
from tests.given import at

C = TypeVar("C", bound=Command)

MONDAY = at("2026-03-02 09:25")
REGISTER = "620105-20260302"
NUMBER = "SMFW-620105-20260302-0001-8"
SEALED = "sealed:v1:k1:AAAA"
AGENT = Person(sealed="sealed:v1:k2:BBBB", ref="b" * 32)
APPLICANT = Person(sealed=SEALED, ref="a" * 32, age_band="80_plus", sex="f", area="620105")
ABLE = CapacityAssessed(capacity="able")
NO = {"reason": "N03", "remedy": "RM-COMPLAINT", "basis": "SERVICE-SCOPE"}
DEFECTS = ("application_signature", "household_register_copy")
NOTIFIED = OneTimeNotificationIssued(defects=DEFECTS)


def register(**changed: Any) -> RegisterRequest:
    wish: dict[str, Any] = {
        "id": "1", "case": REGISTER, "actor": "clerk:F01", "channel": "phone", "scope": "A3", "matter": "MT-HUKOU",
        "applicant": APPLICANT, "consent": True,
    }  # fmt: skip
    return RegisterRequest(**(wish | changed))


def registered(happened: datetime = MONDAY, **changed: Any) -> RequestRegistered:
    known: dict[str, Any] = {
        "registered_at": happened, "channel": "phone", "scope": "A3", "matter": "MT-HUKOU", "person": SEALED,
        "person_ref": "a" * 32, "age_band": "80_plus", "sex": "f", "area": "620105", "document": "id_card",
        "consent": True,
    }  # fmt: skip
    return RequestRegistered(**(known | changed))


def ask(command: type[C], **fields: Any) -> C:
    """A command of the window handler on the request."""
    return command(**({"id": "2", "case": NUMBER, "actor": "handler:F02"} | fields))
