"""What is in force at a center: its published catalogue and guides, or those of its file where it published none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.rules import Rules

Status = Literal["in_use", "suspended", "abolished"]


@dataclass(frozen=True)
class Published:
    """`matters` None: no catalogue was published yet, so the file's is in force. `last_review`: its year."""

    version: int = 0
    matters: Mapping[str, tuple[Status, tuple[str, ...]]] | None = None
    channels: tuple[str, ...] = ()
    guides: Mapping[str, str] = field(default_factory=dict)  # matter -> version
    last_review: int | None = None

    def catalogue_version(self, rules: Rules) -> str:
        return rules.catalogue.version if self.matters is None else str(self.version)

    def open_channels(self, rules: Rules) -> frozenset[str]:
        return frozenset(rules.catalogue.channels if self.matters is None else self.channels)

    def status(self, matter: str) -> Status | None:
        """None: not in the catalogue."""
        if self.matters is None:
            return "in_use"
        return self.matters[matter][0] if matter in self.matters else None

    def scopes(self, matter: str, rules: Rules) -> tuple[str, ...]:
        """For whom; empty: every ground."""
        if self.matters is None:
            return rules.matters[matter].scopes if matter in rules.matters else ()
        return self.matters[matter][1] if matter in self.matters else ()

    def guide_version(self, matter: str, rules: Rules) -> str | None:
        if matter in self.guides:
            return self.guides[matter]
        filed = rules.matters.get(matter)
        return filed.guide.version if filed and filed.guide else None
