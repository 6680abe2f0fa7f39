"""Sample history and a case played over all the streams of the service, with no name of anybody."""

from dataclasses import replace

from services.visits.app import VISITS
from services.visits.events import CredentialsShown, IdentityVerified, TeamArrived, TeamDeparted, VisitPlanned
from shared.contracts.common import Item, Period
from shared.contracts.visits import PlanVisit
from shared.deadlines import TickClock
from shared.decider import Context, To
from shared.deviation import RuleDeviated
from tests.given import anning, at

NUMBER = "SMFW-620105-20260302-0001-8"
ACCEPTED_AT, NINE, TEN = at("2026-03-02 17:00"), at("2026-03-04 09:00"), at("2026-03-04 10:00")
PLAN = {
    "lead": "A04", "members": ("A08",), "matter": "MT-OLDAGE", "urgent": False, "person_ref": "a" * 32,
    "age_band": "80_plus", "accepted_at": ACCEPTED_AT, "round": 1,
}  # fmt: skip
PLANNED = VisitPlanned(starts_at=NINE, ends_at=TEN, **PLAN)
ARRIVED = (PLANNED, TeamDeparted(), TeamArrived(round=1, planned_end=TEN))
SHOWN = (*ARRIVED, CredentialsShown(), IdentityVerified())
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
REGISTER = Item(code="household_register", copies=1, original=True)
CERTIFICATE = Item(code="medical_certificate", copies=1)


def ask(kind, actor="visitor:A04", **fields):
    return kind(id=f"{kind.__name__}-1", case=NUMBER, actor=actor, **fields)


def plan(day="2026-03-04", start="09:00", end="10:00", **changed):
    return ask(PlanVisit, "system:reaction", period=Period(day=day, start=start, end=end), **(PLAN | changed))


def planned(**changed):
    return VisitPlanned(**(PLANNED.model_dump() | changed))


def requiring_recording(matter):
    rules = anning()
    return replace(rules, matters={**rules.matters, matter: replace(rules.matters[matter], recording_required=True)})


class Case:
    """One case over all streams, as the command handler keeps it: only what a decider needs is at hand."""

    def __init__(self):
        self.deciders = {decider.name: decider for decider in VISITS.deciders}
        self.states = {name: decider.initial for name, decider in self.deciders.items()}
        self.log = []

    def does(self, command, now):
        name = next(name for name, decider in self.deciders.items() if type(command) in decider.commands)
        return self._decide(name, command, now)

    def tick(self, noun, clock, moment):
        command = TickClock(id="t", case=NUMBER, actor="system:clock", stream=f"{noun}/{NUMBER}", clock=clock,
                            moment=moment)  # fmt: skip
        return self._decide(noun, command, moment)

    def _decide(self, name, command, now):
        decider, state = self.deciders[name], self.states[name]
        needed = {stream: self.states[stream.partition("/")[0]] for stream in decider.needs(command, state)}
        facts = decider.decide(command, state, Context(now, now, anning(), needed))
        for addressed in facts:
            stream, fact = addressed if isinstance(addressed, To) else (f"{name}/{NUMBER}", addressed)
            noun = stream.partition("/")[0]
            assert noun == name or stream in needed, "a stream that is written to must be guarded"
            assert type(fact) in self.deciders[noun].facts
            self.states[noun] = self.deciders[noun].evolve(self.states[noun], fact)
            self.log.append((noun, fact))
        return facts

    def types(self, noun):
        return [fact.type for name, fact in self.log if name == noun]

    def deviated(self):
        return [fact.rule for _, fact in self.log if isinstance(fact, RuleDeviated)]

    def clocks(self, noun):
        return set(self.states[noun].running)
