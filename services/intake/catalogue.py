"""The center's publications (G-01, G-02) and its yearly look at them (G-12). Its key is the center."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from services.intake.codes import CHANNELS, SCOPES
from services.intake.events_catalogue import CataloguePublished, GuidePublished, YearlyReviewRecorded
from services.intake.publication import Published
from shared.contracts.intake import PublishCatalogue, PublishGuide, RecordYearlyReview
from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command, Message
from shared.rules import Rules
from shared.situation import replace

CATCH_ALL = frozenset({"other", "others", "other_materials", "etc", "misc"})
REVIEWED = ("rules", "list", "limits")
CLOCKS = (
    Clock(
        "G-12",
        starts={CataloguePublished: "review_from", YearlyReviewRecorded: None},
        stops=[YearlyReviewRecorded],
    ),
)  # fmt: skip


def decide(command: Command, published: Published, context: Context) -> Decision:
    match command:
        case PublishCatalogue():
            return _publish_catalogue(command, published, context)
        case PublishGuide():
            return _publish_guide(command, published, context)
        case RecordYearlyReview():
            return _review(command, published, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(published).__name__)


def _publish_catalogue(command: PublishCatalogue, published: Published, context: Context) -> Decision:
    rules = context.rules
    matters = [entry.matter for entry in command.entries]
    scopes = [scope for entry in command.entries for scope in entry.scopes]
    in_use = [entry.matter for entry in command.entries if entry.status == "in_use"]
    guideless = [matter for matter in in_use if not published.guide_version(matter, rules)]
    forbid(
        context,
        _odd("G-01", "unknown_matter", "matter", (matter for matter in matters if matter not in rules.matters)),
        _odd("G-01", "matter_twice", "matter", (matter for matter in matters if matters.count(matter) > 1)),
        _odd("G-03", "unknown_scope", "scope", (scope for scope in scopes if scope not in SCOPES)),
        _odd("I-01", "unknown_channel", "channel", (each for each in command.channels if each not in CHANNELS)),
        _odd("G-01", "unknown_limit", "limit", (each for each in command.limits if each not in rules.limits)),
    )
    closed = sorted(CHANNELS - set(command.channels))
    deviations = admit(
        command, context,
        Breach("I-01", "channels_missing", {"channels": "、".join(closed)}) if closed else None,
        Breach("G-02", "guide_missing", {"matters": "、".join(guideless)}) if guideless else None,
    )  # fmt: skip
    content = {
        "entries": command.entries, "areas": command.areas, "channels": command.channels, "process": command.process,
        "limits": {name: _length(rules, name) for name in command.limits},
        "supervision_phone": command.supervision_phone,
    }  # fmt: skip
    first = published.matters is None
    fact = CataloguePublished(
        **content, version=str(int(published.catalogue_version(rules)) + 1), digest=_digest(content),
        review_from=context.happened if first else None,
    )  # fmt: skip
    return [fact, *deviations]


def _publish_guide(command: PublishGuide, published: Published, context: Context) -> Decision:
    codes = [material.code for material in command.materials]
    forbid(
        context,
        _odd("G-01", "unknown_matter", "matter", () if command.matter in context.rules.matters else [command.matter]),
        _odd("G-02", "catch_all_material", "material", (code for code in codes if code in CATCH_ALL)),
        _odd("G-02", "material_twice", "material", (code for code in codes if codes.count(code) > 1)),
        Breach("G-02", "fee_without_basis") if command.fee_fen and not command.fee_basis else None,
    )
    bare = [material.code for material in command.materials if not material.sample]
    deviations = admit(
        command, context,
        Breach("G-02", "sample_missing", {"materials": "、".join(bare)}) if bare else None,
    )  # fmt: skip
    content = command.model_dump(include=set(GuidePublished.model_fields))
    version = int(published.guide_version(command.matter, context.rules) or 0) + 1
    return [GuidePublished(**content, version=str(version), digest=_digest(content)), *deviations]


def _review(command: RecordYearlyReview, published: Published, context: Context) -> Decision:
    left = [part for part in REVIEWED if part not in command.reviewed]
    forbid(
        context,
        Breach("G-12", "review_incomplete", {"parts": "、".join(left)}) if left else None,
        Breach("G-12", "reviewed_already", {"year": command.year}) if published.last_review == command.year else None,
    )
    return [
        YearlyReviewRecorded(
            year=command.year, reviewed=command.reviewed, changes=command.changes,
            statistics_digest=command.statistics_digest, published_on=command.published_on,
        )
    ]  # fmt: skip


def _odd(rule: str, why: str, name: str, odd: Iterable[str]) -> Breach | None:
    first = next(iter(odd), None)
    return Breach(rule, why, {name: first}) if first else None


def _length(rules: Rules, name: str) -> str:
    limit = rules.limits[name]
    return f"{limit.value} {limit.unit}"


def _digest(content: dict[str, Any]) -> str:
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(plain.encode()).hexdigest()


def _plain(value: Message) -> dict[str, Any]:
    return value.model_dump(mode="json")


def evolve(published: Published, fact: Any) -> Published:
    match fact:
        case CataloguePublished():
            matters = {entry.matter: (entry.status, entry.scopes) for entry in fact.entries}
            return replace(published, version=int(fact.version), matters=matters, channels=fact.channels)
        case GuidePublished():
            return replace(published, guides={**published.guides, fact.matter: fact.version})
        case YearlyReviewRecorded():
            return replace(published, last_review=fact.year)
    return published


def stream_of(division: str) -> str:
    return f"catalogue/{division}"


def in_force(context: Context, division: str) -> Published:
    known = context.situations.get(stream_of(division))
    published: Published = known.situation if known else Published()
    return published


CATALOGUE = with_clocks(
    Decider[Any, Any](
        name="catalogue",
        commands=(PublishCatalogue, PublishGuide, RecordYearlyReview),
        facts=(CataloguePublished, GuidePublished, YearlyReviewRecorded),
        initial=Published(),
        decide=decide,
        evolve=evolve,
    ),
    CLOCKS,
)
