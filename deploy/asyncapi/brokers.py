"""The doors of every service, put together as when it runs, with nothing behind them."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from faststream.nats import NatsBroker

from deploy.desks import parts_of
from deploy.supervisor import CENTERS, SAMPLE, services_here
from services.audit.access import Note
from services.audit.app import Audit
from services.intake import questions as intake
from services.vault.desk import questions as of_vault
from services.visits.whereabouts import questions as of_visits
from shared.bus import Bus
from shared.clock import PlayedClock
from shared.contracts.vault import ComparePhoneTail, OpenSealed, SealPerson, SealText
from shared.messages import Message
from shared.recorders import open_recorder
from shared.rules import load_rules
from shared.service import OwnDesk, Service

CENTER = "CENTER"  # stands in addresses where a center's code will be
NOBODY: Any = SimpleNamespace(public_key="", verifier=lambda: "")  # is never asked here
OWN: Mapping[str, OwnDesk] = {
    "vault": lambda handle: of_vault(handle, NOBODY, CENTER),
    "intake": lambda _handle: intake.questions(NOBODY, load_rules(CENTERS / SAMPLE), CENTER),
    "visits": lambda _handle: of_visits(NOBODY),
}
ASKED: Mapping[tuple[str, str], type[Message]] = {  # what questions are asked, where a type says it
    ("intake", "progress"): intake.AskProgress, ("intake", "guide"): intake.AskGuide,
    ("intake", "batch"): intake.AskBatch, ("intake", "enterprise_visits"): intake.AskWindow,
    ("intake", "catalogue"): intake.AskNothing, ("intake", "review"): intake.AskNothing,
    ("vault", "seal_person"): SealPerson, ("vault", "seal_text"): SealText, ("vault", "open_sealed"): OpenSealed,
    ("vault", "compare_phone_tail"): ComparePhoneTail,
    ("audit", "note"): Note,
}  # fmt: skip


def services() -> list[str]:
    """Those that are asked over the bus."""
    return [name for name in services_here() if name == "audit" or _has_parts(name)]


def _has_parts(service: str) -> bool:
    try:
        return bool(parts_of(service).deciders)
    except (ModuleNotFoundError, AttributeError):
        return False  # whoever is asked otherwise than over the bus


def broker_of(service: str) -> NatsBroker:
    bus = Bus("nats://localhost:4222", service)
    if service == "audit":
        return Audit(NOBODY, NOBODY, bus=bus, center=CENTER, site=CENTER).broker
    factory, recorder = open_recorder({"SQLITE_DBNAME": ":memory:"})
    try:
        return Service(
            parts_of(service), bus=bus, center=CENTER, site=CENTER, recorder=recorder, clock=PlayedClock(),
            rules=load_rules(CENTERS / SAMPLE), own_desk=OWN.get(service),
        ).broker  # fmt: skip
    finally:
        factory.close()
