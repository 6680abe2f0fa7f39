"""One row of a ledger: which column means what, and the row as the importer wants it.

Whether the times of a row make sense together is not asked here: what happened, happened.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from deploy.ledger import codes
from deploy.ledger.cells import (
    Material,
    Materials,
    Staff,
    count,
    day,
    folded,
    materials_list,
    materials_state,
    moment,
    one_of,
    period,
    phone,
    serial,
    staff,
    staff_id,
    text,
)
from deploy.ledger.meanings import meanings
from deploy.ledger.problems import CellError, Flawed
from shared.identifiers import Flaw, InvalidIdentifier, check_citizen_id, check_credit_code, mask_citizen_id

Kind = Literal["text", "day", "moment"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row:
    """None: the cell was empty, so it was not recorded. `*_text` keeps the words beside the code found in them.

    Name, ID number, phone, address, agent, the texts and `cells` are personal: to be sealed, never to be logged.
    """

    row: int  # as Excel shows it
    serial: str
    registered_at: datetime
    channel: str  # window|phone|online|hotline|community|agent|staff|letter (I-01)
    applicant_name: str
    id_type: str  # id_card|residence_permit|credit_code|passport|military_id|permanent_residence|none
    id_number: str | None
    phone: str
    address: str
    agent_name: str | None
    agent_phone: str | None
    matter: str  # as written, with Chinese punctuation
    scope: str  # DOMAIN 8.1
    urgent: bool | None
    needs: tuple[str, ...] | None
    needs_text: str | None
    wished_day: date | None
    wished_period: str | None  # 09:00-10:00, AM, PM, DAY
    contacted_at: datetime | None
    materials: Materials | None
    notified_at: datetime | None
    supplemented_at: datetime | None
    decision: str | None  # accepted|declined|redirected|transferred|withdrawn|lapsed
    decided_at: datetime | None
    decision_code: str | None  # DOMAIN 8.2: N01 …
    redirect: str | None  # RD-ONLINE …
    decision_text: str | None
    confirmed_at: datetime | None
    appointment_day: date | None
    appointment_period: str | None
    team: tuple[Staff, ...] | None  # the first is the lead
    reschedules: int | None
    reschedule_code: str | None  # DOMAIN 8.3: U01 …, Z01 …
    reschedule_text: str | None
    departed_at: datetime | None
    arrived_at: datetime | None
    credentials_shown: bool | None
    recording: str | None  # given|refused|not_needed
    outcome: str | None  # done_on_site|accepted_on_site|supplement_needed|follow_up_needed|continued|aborted|not_met
    end_code: str | None  # DOMAIN 8.4: K01 …
    absence_code: str | None  # DOMAIN 8.3: M01 …
    ended_at: datetime | None
    materials_taken: tuple[Material, ...] | None
    materials_returned: tuple[Material, ...] | None
    incident_code: str | None  # DOMAIN 8.8: PH2 …
    incident_text: str | None
    waited_minutes: int | None
    calls: int | None
    emergency_call: str | None  # 110|119|120
    delivery_way: str | None  # at_door|post|electronic|agent|counter
    delivered_at: datetime | None
    return_visit_at: datetime | None
    return_visitor: str | None  # D01
    return_visit: str | None  # satisfied|late|materials_not_returned|unreachable|…
    return_visit_tries: int | None
    return_visit_text: str | None
    rating: int | None  # 5 very satisfied … 1
    rating_codes: tuple[str, ...] | None  # DOMAIN 8.5
    rating_text: str | None
    complained_at: datetime | None
    complaint_code: str | None  # DOMAIN 8.6: CT01 …
    complaint_text: str | None
    finding: str | None  # FD1 …
    measures: tuple[str, ...] | None
    finding_text: str | None
    complaint_replied_at: datetime | None
    remark: str | None
    cells: Mapping[str, str]  # every cell as it was kept, by heading

    def __repr__(self) -> str:
        return f"<Row {self.row}>"


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    name: str  # the field of Row; what a text means is added by `meanings`
    read: Callable[[str], Any] = text
    mandatory: bool = False
    kind: Kind = "text"


def _moment(heading: str, name: str, *, rule: str = "A-01", mandatory: bool = False) -> Column:
    return Column(heading, name, moment(rule), mandatory, "moment")


COLUMNS = (
    Column("序号", "serial", serial, mandatory=True),
    _moment("受理时间", "registered_at", rule="I-02", mandatory=True),
    Column("受理渠道", "channel", one_of(codes.CHANNELS, "I-01"), mandatory=True),
    Column("申请人姓名", "applicant_name", mandatory=True),
    Column("证件类型", "id_type", one_of(codes.ID_TYPES, "I-03"), mandatory=True),
    Column("证件号码", "id_number", lambda value: folded(value).upper(), mandatory=True),
    Column("联系电话", "phone", phone, mandatory=True),
    Column("上门地址", "address", mandatory=True),
    Column("代理人姓名", "agent_name"),
    Column("代理人电话", "agent_phone", phone),
    Column("事项名称", "matter", mandatory=True),
    Column("上门情形", "scope", one_of(codes.SCOPES, "G-03"), mandatory=True),
    Column("紧急", "urgent", one_of(codes.YES_NO, "R-11")),
    Column("特殊需求", "needs_text"),
    Column("期望日期", "wished_day", day("I-03"), kind="day"),
    Column("期望时段", "wished_period", period(codes.HALF_DAYS, "I-03")),
    _moment("首次联系时间", "contacted_at"),
    Column("材料情况", "materials", materials_state),
    _moment("补正通知时间", "notified_at"),
    _moment("补正时间", "supplemented_at"),
    Column("答复结果", "decision", one_of(codes.DECISIONS, "R-02")),
    _moment("答复时间", "decided_at"),
    Column("答复说明", "decision_text"),
    _moment("信息确认时间", "confirmed_at"),
    Column("预约日期", "appointment_day", day("S-01"), kind="day"),
    Column("预约时段", "appointment_period", period(codes.HALF_DAYS, "S-01")),
    Column("上门人员", "team", staff),
    Column("改约次数", "reschedules", count),
    Column("改约原因", "reschedule_text"),
    _moment("出发时间", "departed_at"),
    _moment("到达时间", "arrived_at"),
    Column("出示证件", "credentials_shown", one_of(codes.YES_NO, "V-02")),
    Column("录音录像", "recording", one_of(codes.RECORDING, "V-05")),
    Column("办理结果", "outcome", one_of(codes.OUTCOMES, "V-17")),
    _moment("结束时间", "ended_at"),
    Column("收取材料", "materials_taken", materials_list),
    Column("退还材料", "materials_returned", materials_list),
    Column("异常情况", "incident_text"),
    Column("送达方式", "delivery_way", one_of(codes.DELIVERY_WAYS, "D-04")),
    _moment("送达时间", "delivered_at"),
    _moment("回访时间", "return_visit_at"),
    Column("回访人", "return_visitor", staff_id),
    Column("回访结果", "return_visit_text"),
    Column("评价等级", "rating", one_of(codes.RATINGS, "E-02")),
    Column("评价原因", "rating_text"),
    _moment("投诉时间", "complained_at"),
    Column("投诉内容", "complaint_text"),
    Column("投诉处理结果", "finding_text"),
    _moment("投诉答复时间", "complaint_replied_at"),
    Column("备注", "remark"),
)
BY_HEADING = {column.heading: column for column in COLUMNS}
MANDATORY = tuple(column.heading for column in COLUMNS if column.mandatory)

Flaws = list[tuple[str, Flawed]]


def read_row(row: int, cells: Mapping[str, str]) -> tuple[Row | None, Flaws]:
    """The row, unless one of the flaws found (heading, what is wrong) is an error. `cells`: tidy, by heading."""
    cells = {column.heading: cells.get(column.heading, "") for column in COLUMNS}
    values: dict[str, Any] = {}
    flaws: Flaws = []
    for column in COLUMNS:
        values[column.name] = None
        if not cells[column.heading]:
            continue
        try:
            values[column.name] = column.read(cells[column.heading])
        except CellError as error:
            flaws.append((column.heading, error.flaw))
    flaws = [*_missing(cells, values), *_id_flaws(values), *flaws, *meanings(values)]
    if any(flaw.severity == "error" for _, flaw in flaws):
        return None, flaws
    return Row(row=row, cells=cells, **values), flaws


def _missing(cells: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[tuple[str, Flawed]]:
    empty = [heading for heading in MANDATORY if not cells[heading]]
    if values["id_type"] == "none" and "证件号码" in empty:
        empty.remove("证件号码")
    if empty:
        headings = "、".join(empty)
        yield (
            headings,
            Flawed(
                rule="I-03",
                kind="missing",
                zh=f"必填项未填：{headings}",
                en=f"mandatory, but empty: {headings}",
                do_zh="向申请人核实后补填",
                do_en="ask the applicant and fill it in",
            ),
        )


_ID_SENTENCES = {
    Flaw.LENGTH: ("位数不对（应为18位）", "must have 18 characters"),
    Flaw.CHARACTERS: ("含有不允许的字符", "holds a character that is not allowed"),
    Flaw.DATE: ("出生日期不存在", "holds a birth date that does not exist"),
    Flaw.FUTURE: ("出生日期晚于受理日期", "holds a birth date after the registration"),
    Flaw.CHECK: ("校验码不符，很可能抄错一位或两位对调", "fails its check character: probably a slip of the pen"),
}


def _id_flaws(values: Mapping[str, Any]) -> Iterator[tuple[str, Flawed]]:
    number, kind, registered = values["id_number"], values["id_type"], values["registered_at"]
    if not number:
        return
    try:
        if kind in {"id_card", "residence_permit"}:
            check_citizen_id(number, registered.date() if registered else date.max)
        elif kind == "credit_code":
            check_credit_code(number)
    except InvalidIdentifier as error:
        zh, en = _ID_SENTENCES[error.flaw]
        masked = mask_citizen_id(number)
        yield (
            "证件号码",
            Flawed(
                rule=f"I-03/{error.rule}",
                kind=f"id_{error.flaw}",
                zh=f"证件号码 {masked} {zh}",
                en=f"the number {masked} {en}",
                do_zh="对照证件原件更正；单元格须为文本格式",
                do_en="correct it from the document itself; the cell must be text",
            ),
        )
