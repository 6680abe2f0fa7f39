"""What a center publishes of its visits, and its yearly look at it. On disk: add to these lines, never edit them."""

from datetime import date

from pydantic import AwareDatetime

from shared.contracts.intake import CatalogueEntry, GuideMaterial
from shared.messages import Fact


class CataloguePublished(Fact):
    """Which matters are served at the door, for whom, where and how (G-01). In force from this fact on.

    `limits`: the clocks and how long each is by the rules of that day. `review_from`: the first publication starts the
    year after which it is reviewed (G-12); later ones do not.
    """

    type = "catalogue_published.v1"

    version: str
    digest: str
    entries: tuple[CatalogueEntry, ...]
    areas: tuple[str, ...]
    channels: tuple[str, ...]
    process: tuple[str, ...]
    limits: dict[str, str]
    supervision_phone: str
    review_from: AwareDatetime | None = None


class GuidePublished(Fact):
    """How one matter is done (G-02). In force from this fact on; a case keeps the version it was registered under."""

    type = "guide_published.v1"

    matter: str
    version: str
    digest: str
    basis: tuple[str, ...]
    conditions: tuple[str, ...]
    materials: tuple[GuideMaterial, ...]
    procedure: tuple[str, ...]
    promise_days: int
    fee_fen: int
    fee_basis: str


class YearlyReviewRecorded(Fact):
    """Rules, list and limits were looked at, and the statistics are published (G-12). The next year starts here."""

    type = "yearly_review_recorded.v1"
    evidences = ("G-12",)

    year: int
    reviewed: tuple[str, ...]
    changes: tuple[str, ...]
    statistics_digest: str
    published_on: date
