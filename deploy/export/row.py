"""One case as one row of the ledger: every cell from its facts; personal ones from what the vault opened of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deploy.export.cases import Case, Document, data, when
from deploy.ledger import writing
from deploy.ledger.cells import Material, Staff
from deploy.ledger.rows import COLUMNS
from shared.rules import Rules
from shared.words import word

HEADING = {column.name: column.heading for column in COLUMNS}
MASKED = "***"
ENDS = {
    "request_accepted.v1": "accepted", "request_declined.v1": "declined", "request_redirected.v1": "redirected",
    "request_transferred.v1": "transferred", "request_withdrawn.v1": "withdrawn", "request_lapsed.v1": "lapsed",
}  # fmt: skip
DECLINED = ("request_declined.v1", "request_redirected.v1", "request_transferred.v1")
AGREED = ("appointment_booked.v1", "appointment_rescheduled.v1", "team_assigned.v1")
CHANGED = ("reschedule_requested.v1", "appointment_rescheduled.v1")
WENT = ("team_assigned.v1", "visit_planned.v1", "visit_replanned.v1")
DONE = ("matter_handled.v1", "visit_aborted.v1", "applicant_not_met.v1")
TOLD = ("complaint_received.v1", "complaint_record_completed.v1")
RATED = ("evaluation_submitted.v1", "evaluation_supplemented.v1")
HANDLED = {"K01": "done_on_site", "K02": "accepted_on_site", "K03": "supplement_needed", "K04": "follow_up_needed",
           "K05": "continued"}  # fmt: skip
RECORDING = {"given": "given", "refused": "refused", "withdrawn": "refused", "not_needed": "not_needed"}
ANSWERS = (  # the gravest first: the ledger has room for one
    ("asked_for_gifts", True, "反映索要财物"), ("materials_returned", False, "反映材料未退还"),
    ("on_time", False, "反映迟到"), ("satisfied", False, "不满意"), ("satisfied", True, "满意"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Opened:
    """What the vault gave out of a case: the person, the agent, and texts by their tokens. Never to be logged."""

    person: Mapping[str, str] = field(default_factory=dict)
    agent: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """Who the staff are, by work number: the center's rules name nobody."""

    rules: Rules
    known: Mapping[str, Staff] = field(default_factory=dict)

    def of(self, id: str) -> Staff:
        if id in self.known:
            return self.known[id]
        member = self.rules.staff.get(id)
        kinds = [word("codes_certificate", one.kind) for one in member.certificates] if member else []
        return Staff("工作人员", id, kinds[0] if kinds else None)


def row_of(case: Case, opened: Opened | None, names: Names) -> dict[str, str]:
    """Heading -> cell. `opened` None: nothing personal is shown, and no text that somebody wrote."""
    parts = (_asked, _person, _answered, _agreed, _visited, _after, _rated, _complained)
    cells = {name: said for part in parts for name, said in part(case, opened, names)}
    return {HEADING[name]: said or "" for name, said in cells.items()}


Cells = Iterator[tuple[str, str | None]]


def _asked(case: Case, _opened: Opened | None, names: Names) -> Cells:
    said = case.registered
    urgency = case.last("urgency_granted.v1", "urgency_refused.v1")
    urgent = urgency["type"] == "urgency_granted.v1" if urgency else said["urgent"]
    matter = names.rules.matters.get(said["matter"])
    yield "registered_at", writing.moment(case.registered_at)
    yield "channel", writing.CHANNELS.get(said["channel"])
    yield "scope", writing.SCOPES.get(said["scope"])
    yield "matter", matter.name if matter else word("codes_matter", said["matter"])
    yield "urgent", writing.YES_NO[bool(urgent)]
    yield "needs_text", "、".join(word("codes_needs", need) for need in said["needs"])
    if merged := case.last("request_merged.v1"):
        yield "remark", f"重复申请，已并入 {merged['data']['into']}"
    yield "wished_day", said["wished_day"]
    yield "wished_period", writing.period(said["wished_period"])


def _person(case: Case, opened: Opened | None, _names: Names) -> Cells:
    said = case.registered
    yield "id_type", writing.ID_TYPES.get(said.get("document") or "none")
    shows = {"applicant_name": "name", "id_number": "id_number", "phone": "phone", "address": "address"}
    for name, given in shows.items():
        yield name, opened.person.get(given) if opened else MASKED
    for name, given in {"agent_name": "name", "agent_phone": "phone"}.items():
        yield name, (opened.agent.get(given) if opened else MASKED) if said.get("agent") else ""


def _answered(case: Case, _opened: Opened | None, _names: Names) -> Cells:
    notified = case.last("one_time_notification_issued.v1")
    tolerated, end = case.last("tolerance_accepted.v1"), case.last(*ENDS)
    yield "contacted_at", writing.moment(when(case.first("applicant_contacted.v1")))
    if tolerated:
        yield "materials", writing.tolerated(tolerated["data"]["pledge_days"])
    elif notified:
        yield "materials", writing.defects(notified["data"]["defects"])
    elif data(case.last("request_accepted.v1")).get("materials") == "complete":
        yield "materials", "齐全"
    yield "notified_at", writing.moment(when(notified))
    yield "supplemented_at", writing.moment(when(case.last("supplement_received.v1")))
    if end:
        yield "decision", writing.DECISIONS[ENDS[end["type"]]]
        lapsed = end["type"] == "request_lapsed.v1"  # nobody answered: the time ran out
        yield "decided_at", "" if lapsed else writing.moment(when(end))
    if end and end["type"] in DECLINED:
        yield "decision_text", _declined(end)
    yield "confirmed_at", writing.moment(when(case.last("request_confirmed.v1")))


def _declined(end: Document) -> str:
    said = end["data"]
    way = said.get("redirect") or said.get("to")
    body = word("codes_body", said["body"]) if said.get("body") else ""
    ways = [f"可{writing.said('codes_redirect', way)}"] if way else []
    return "，".join([word("codes_reason", said["reason"]), *ways, *([f"已告知向{body}申请"] if body else [])])


def _agreed(case: Case, _opened: Opened | None, names: Names) -> Cells:
    times = [fact["data"]["period"] for fact in case.all(*AGREED) if fact["data"]["period"]]
    changes, went = case.all(*CHANGED), case.last(*WENT)
    if times:
        yield "appointment_day", times[-1]["day"]
        yield "appointment_period", f"{times[-1]['start']}-{times[-1]['end']}"
    if went:
        team = (went["data"]["lead"], *went["data"]["members"])
        yield "team", writing.people(names.of(id) for id in team)
    if times or changes:
        yield "reschedules", str(len(changes))
    reason = next((fact["data"]["reason"] for fact in reversed(changes) if fact["data"]["reason"]), None)
    yield "reschedule_text", word("codes_reason", reason) if reason else ""


def _visited(case: Case, opened: Opened | None, _names: Names) -> Cells:
    done, left = case.last(*DONE), case.last("team_left.v1")
    shown = case.last("credentials_shown.v1", "credentials_not_shown.v1")
    recorded = RECORDING.get(data(case.last("recording_consent_answered.v1")).get("answer", ""))
    yield "departed_at", writing.moment(when(case.last("team_departed.v1")))
    yield "arrived_at", writing.moment(when(case.last("team_arrived.v1")))
    yield "credentials_shown", writing.YES_NO[shown["type"] == "credentials_shown.v1"] if shown else ""
    yield "recording", writing.RECORDING[recorded] if recorded else ""
    if done:
        outcome = {"visit_aborted.v1": "aborted", "applicant_not_met.v1": "not_met"}.get(done["type"])
        yield "outcome", writing.OUTCOMES[outcome or HANDLED.get(done["data"].get("result", ""), "aborted")]
        yield "ended_at", writing.moment(when(left) or when(done))
    yield "materials_taken", _things(case, "material_taken.v1")
    yield "materials_returned", _things(case, "material_returned.v1", "material_delivered.v1")
    yield "incident_text", "，".join(_incidents(case, done, opened))
    delivered = case.last("result_delivered.v1")
    way = data(delivered or case.last("delivery_way_chosen.v1")).get("way", "")
    yield "delivery_way", writing.DELIVERY_WAYS.get(way)
    yield "delivered_at", writing.moment(when(delivered))


def _things(case: Case, *kinds: str) -> str:
    items = (fact["data"] for fact in case.all(*kinds))
    return writing.materials(Material(word("codes_item", one["item"]), one["copies"], one["original"]) for one in items)


def _incidents(case: Case, done: Document | None, opened: Opened | None) -> Iterator[str]:
    """What happened at the door, in words that are read back as the same codes."""
    if done and done["type"] == "applicant_not_met.v1":
        said = done["data"]
        yield word("codes_reason", said["reason"])
        yield from [f"{said['calls']}次电话无人接听"] if said["calls"] is not None else []
        yield from [f"门口等候{said['waited_minutes']}分钟"] if said["waited_minutes"] is not None else []
    elif done and done["type"] == "visit_aborted.v1":
        yield word("codes_reason", done["data"]["reason"])
    for fact in case.all("incident_reported.v1"):
        said = fact["data"]
        yield writing.said("codes_category", said["category"])
        yield from [f"已拨打{said['called']}"] if said["called"] else []
        if opened and said.get("note") in opened.texts:
            yield opened.texts[said["note"]]


def _after(case: Case, opened: Opened | None, _names: Names) -> Cells:
    tries = case.all("return_visit_attempted.v1")
    end = case.last("return_visit_completed.v1", "return_visit_closed_unreachable.v1", "return_visit_declined.v1")
    by = data(end or (tries[-1] if tries else None)).get("by")
    yield "return_visitor", f"回访员{by}" if by else ""
    match end and end["type"]:
        case "return_visit_completed.v1":
            yield "return_visit_at", writing.moment(when(end))
            answers = data(end)
            said = [words for name, answer, words in ANSWERS if answers.get(name) is answer][:1]
            remark = opened.texts.get(answers.get("remark") or "") if opened else None
            yield "return_visit_text", "，".join([*said, *([remark] if remark else [])])
        case "return_visit_closed_unreachable.v1":
            yield "return_visit_at", writing.moment(when(end) or when(tries[-1] if tries else None))
            yield "return_visit_text", f"{writing.times(len(tries))}次未接通"
        case "return_visit_declined.v1":
            yield "return_visit_at", writing.moment(when(end))
            yield "return_visit_text", "拒绝回访"


def _rated(case: Case, opened: Opened | None, _names: Names) -> Cells:
    if rated := case.last(*RATED):
        said = rated["data"]
        own = opened.texts.get(said["text"] or "") if opened else None
        yield "rating", writing.RATINGS[said["level"]]
        yield "rating_text", "，".join(filter(None, [writing.reasons(said["codes"]), own]))


def _complained(case: Case, opened: Opened | None, _names: Names) -> Cells:
    """The last one; how many there were, if there were several."""
    received = case.all("complaint_received.v1")
    if not received:
        return
    said = received[-1]["data"]
    subject = received[-1]["subject"]
    told = [fact["data"].get("text") for fact in case.all(*TOLD) if fact["subject"] == subject]
    own = next((opened.texts[text] for text in reversed(told) if text in opened.texts), None) if opened else None
    several = f"（共{len(received)}件投诉，此为最后一件）" if len(received) > 1 else ""
    yield "complained_at", writing.moment(when(received[-1]))
    yield "complaint_text", (own or word("codes_category", said["category"])) + several
    answers = ("complaint_replied.v1", "complaint_rechecked.v1")
    ends = [fact for fact in case.all(*answers) if fact["subject"] == subject]
    if ends:
        reply = ends[-1]["data"]
        finding = word("codes_finding", reply["finding"]).partition("（")[0]
        done = [f"已{word('codes_measures', measure)}" for measure in reply["measures"]]
        yield "finding_text", "，".join([finding, *done])
        yield "complaint_replied_at", writing.moment(when(ends[-1]))
