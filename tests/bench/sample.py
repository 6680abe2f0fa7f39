"""What both sides of the comparison say and decide: the same messages, the same bytes, the same decisions."""

from dataclasses import dataclass
from typing import ClassVar

from shared.decider import Context, Decider, Decision
from shared.messages import CloudEvent, Command, Contract, Fact
from shared.parts import Parts
from shared.reaction import follow

CENTER = "620105"
ASKED = f"ask.{CENTER}.first.open_case"


class OpenCase(Command):
    roles: ClassVar[tuple[str, ...]] = ("clerk",)
    matter: str
    channel: str
    materials: tuple[str, ...]


class CaseOpened(Fact):
    type: ClassVar[str] = "case_opened.v1"
    matter: str
    channel: str
    materials: tuple[str, ...]


class HeardCaseOpened(Contract):
    service: ClassVar[str] = "first"
    type: ClassVar[str] = "case_opened.v1"
    matter: str
    materials: tuple[str, ...]


class PrepareFile(Command):
    matter: str
    sheets: int


class FilePrepared(Fact):
    type: ClassVar[str] = "file_prepared.v1"
    matter: str
    sheets: int


@dataclass(frozen=True)
class Nothing:
    pass


@dataclass(frozen=True)
class There:
    pass


Situation = Nothing | There


def open_case(command: OpenCase, situation: Situation, _: Context) -> Decision:
    if isinstance(situation, There):
        return []
    return [CaseOpened(matter=command.matter, channel=command.channel, materials=command.materials)]


def prepare_file(command: PrepareFile, situation: Situation, _: Context) -> Decision:
    if isinstance(situation, There):
        return []
    return [FilePrepared(matter=command.matter, sheets=command.sheets)]


def evolve(_: Situation, __: Fact) -> Situation:
    return There()


def when_case_opened_prepare_file(opened: CloudEvent[HeardCaseOpened]) -> PrepareFile:
    return follow(opened, PrepareFile, matter=opened.data.matter, sheets=len(opened.data.materials))


CASE = Decider("case", [OpenCase], [CaseOpened], Nothing(), open_case, evolve)
FILE = Decider("file", [PrepareFile], [FilePrepared], Nothing(), prepare_file, evolve)
SIDES = {
    "first": Parts(name="first", deciders=[CASE], desk=[OpenCase]),
    "second": Parts(name="second", deciders=[FILE], desk=[], reactions=[when_case_opened_prepare_file]),
}


def case(number: int) -> str:
    return f"B-{number:07d}"


def command(number: int) -> bytes:
    """Written by hand: whoever sends shall cost as little as can be."""
    return (
        b'{"id":"%d","case":"B-%07d","actor":"clerk:bench","matter":"A01","channel":"hotline",'
        b'"materials":["id_card","form","proof"]}' % (number, number)
    )
