"""What one visit asks of whoever goes: the facts of it that rules about teams read."""

from dataclasses import dataclass

from shared.contracts.common import Period
from shared.rules import Matter, Rules

OLD = frozenset({"60_79", "80_plus"})  # V-06, DOMAIN 6.3: 60 and over
MINOR = "under_18"
CARRIED = ("originals", "cash")
ALONE, RISK = "alone", "risk"
DELIVERY = "E3"  # 送证上门: an original is on its way


@dataclass(frozen=True)
class Errand:
    """`needs`: of the request, and what became known since; `sex`: of the applicant, where it is known."""

    period: Period
    matter: str
    scope: str = ""
    person_ref: str = ""
    age_band: str = "unknown"
    sex: str = ""
    needs: frozenset[str] = frozenset()
    area: str = ""

    def listed(self, rules: Rules) -> Matter | None:
        return rules.matters.get(self.matter)

    def certificate(self, rules: Rules) -> str | None:
        matter = self.listed(rules)
        return matter.needs_certificate if matter else None

    def witnessed(self, rules: Rules) -> str | None:
        """P-04: why there must be two, without exception."""
        matter = self.listed(rules)
        if matter and matter.major and self.age_band in OLD:
            return "true_intention"
        if self.scope == DELIVERY or self.needs & set(CARRIED):
            return "carried"
        return RISK if RISK in self.needs else None

    def same_sex(self, rules: Rules) -> str | None:
        """P-07: why somebody of the applicant's own sex is to be there."""
        matter = self.listed(rules)
        if not self.sex:
            return None
        if ALONE in self.needs:
            return ALONE
        if self.age_band == MINOR:
            return "minor"
        return "body_related" if matter and matter.body_related else None

    def spoken(self, rules: Rules) -> tuple[str, ...]:
        """P-07: needs that somebody of the team must be able to speak."""
        return tuple(need for need in rules.lists["scheduling.spoken"] if need in self.needs)
