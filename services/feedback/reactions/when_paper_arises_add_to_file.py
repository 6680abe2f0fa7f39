"""A fact that leaves a paper adds it to the case file; one table, so that it can be read beside DOMAIN 12.4."""

from collections.abc import Mapping

from shared.contracts.feedback_archive import AddFileDocument
from shared.reaction import Reaction, follow, whenever

PIECES: Mapping[str, Mapping[str, tuple[str, ...]]] = {  # piece -> service -> the facts that it is the record of
    "application": {"intake": ("request_registered.v1",)},
    "power_of_attorney": {"intake": ("power_of_attorney_recorded.v1",)},
    "proof_of_ground": {"intake": ("eligibility_proof_received.v1",)},
    "notification": {"intake": ("one_time_notification_issued.v1",), "visits": ("on_site_notification_issued.v1",)},
    "tolerance_pledge": {"intake": ("tolerance_accepted.v1",)},
    "confirmation": {"intake": ("request_confirmed.v1",)},
    "end_notice": {"intake": ("request_declined.v1", "request_withdrawn.v1", "request_lapsed.v1",
                              "request_redirected.v1", "request_transferred.v1")},
    "appointment": {"scheduling": ("team_assigned.v1",)},
    "checklist": {"visits": ("team_departed.v1",)},
    "identity_note": {"visits": ("identity_verified.v1", "identity_not_matched.v1")},
    "consents": {"visits": ("recording_consent_answered.v1",)},
    "inquiry_record": {"visits": ("true_intention_asked.v1",)},
    "custody_list": {"visits": ("material_list_signed.v1",)},
    "fee_receipt": {"visits": ("fee_collected.v1",)},
    "end_code": {"visits": ("matter_handled.v1", "visit_aborted.v1", "applicant_not_met.v1")},
    "service_record": {"visits": ("service_record_signed.v1",)},
    "recordings_index": {"visits": ("recording_stopped.v1",)},
    "result": {"visits": ("matter_decided.v1", "result_ready.v1")},
    "delivery_receipt": {"visits": ("result_delivered.v1",)},
    "incident": {"visits": ("incident_reported.v1",)},
    "override_reasons": dict.fromkeys(("intake", "scheduling", "visits"), ("rule_deviated.v1",)),
}  # fmt: skip


def _adding(piece: str, service: str, kind: str) -> Reaction:
    name = f"when_{service}_{kind.partition('.')[0]}_add_{piece}"
    return whenever(name, service, kind, lambda heard: follow(heard, AddFileDocument, piece=piece, source=heard.id))


PAPERS: tuple[Reaction, ...] = tuple(
    _adding(piece, service, kind)
    for piece, services in PIECES.items() for service, kinds in services.items() for kind in kinds
)  # fmt: skip
