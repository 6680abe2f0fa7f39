"""As much of PromQL as the rules and the dashboard use: read strictly, and worked out over series that lie in memory.

What it does not know is an error, so that no expression passes that nobody looked at. Rates are not extrapolated.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add, eq, ge, gt, le, lt, mul, ne, sub

Labels = frozenset[tuple[str, str]]
Series = Mapping[str, Mapping[Labels, list[tuple[float, float]]]]  # name -> labels -> (moment, value), in order
Vector = dict[Labels, float]
Value = float | Vector
Work = Callable[[Series, float], Value]

STALE = 300.0  # seconds: older than this is no longer so
TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<span>\[\d+[smh]\])|(?P<number>\d+(?:\.\d+)?)'
    r"|(?P<name>[A-Za-z_:][\w:]*)|(?P<sign>==|!=|=~|!~|>=|<=|[-+*/(){},=<>]))"
)
UNITS = {"s": 1, "m": 60, "h": 3600}
COMPARED = {"==": eq, "!=": ne, ">": gt, "<": lt, ">=": ge, "<=": le}
FOLDS: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min, "count": len}
OVER: Mapping[str, Callable[[list[tuple[float, float]], float], float]] = {
    "rate": lambda points, span: _grown(points) / span,
    "increase": lambda points, _span: _grown(points),
    "delta": lambda points, _span: points[-1][1] - points[0][1],
    "min_over_time": lambda points, _span: min(value for _, value in points),
    "max_over_time": lambda points, _span: max(value for _, value in points),
}


class NotUnderstood(ValueError):
    """It is no PromQL, or none that is known here."""


@dataclass
class Query:
    """`metrics`: the names it asks for."""

    work: Work = lambda _series, _at: 0.0
    metrics: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: str) -> "Query":
        reading = _Reading(text)
        return cls(reading.whole(), reading.metrics)

    def at(self, series: Series, moment: float) -> Vector:
        value = self.work(series, moment)
        return value if isinstance(value, dict) else {frozenset(): value}


def _grown(points: list[tuple[float, float]]) -> float:
    """A counter that falls was begun anew."""
    return sum(after if after < before else after - before for (_, before), (_, after) in pairwise(points))


class _Reading:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.metrics = text, 0, set[str]()
        self.kind, self.said = "", ""
        self._next()

    def _next(self) -> str:
        said = self.said
        if self.kind == "end":
            raise NotUnderstood(f"{self.text}: it ends too early")
        if not self.text[self.at :].strip():
            self.kind, self.said = "end", ""
        elif match := TOKEN.match(self.text, self.at):
            self.kind, self.said, self.at = match.lastgroup or "", match.group().strip(), match.end()
        else:
            raise NotUnderstood(f"{self.text} at {self.at}")
        return said

    def _take(self, token: str) -> None:
        if self.said != token:
            raise NotUnderstood(f"{self.text}: {token} instead of {self.said!r}")
        self._next()

    def whole(self) -> Work:
        work = self._both()
        if self.kind != "end":
            raise NotUnderstood(f"{self.text}: {self.said!r} is left")
        return work

    def _both(self) -> Work:
        left = self._compared()
        while self.said == "and":
            self._next()
            on = None
            if self.said == "on":
                self._next()
                on = self._names()
            left = _and(left, self._compared(), on)
        return left

    def _compared(self) -> Work:
        left = self._sum()
        while self.said in COMPARED:
            left = _filtered(COMPARED[self._next()], left, self._sum())
        return left

    def _sum(self) -> Work:
        left = self._product()
        while self.said in {"+", "-"}:
            left = _each(add if self._next() == "+" else sub, left, self._product())
        return left

    def _product(self) -> Work:
        left = self._one()
        while self.said in {"*", "/"}:
            left = _each(mul if self._next() == "*" else _divided, left, self._one())
        return left

    def _one(self) -> Work:
        if self.kind == "number":
            number = float(self._next())
            return lambda _series, _at: number
        if self.said == "(":
            self._next()
            work = self._both()
            self._take(")")
            return work
        if self.kind != "name":
            raise NotUnderstood(f"{self.text}: {self.said!r}")
        name = self._next()
        if name in FOLDS:
            return self._folded(FOLDS[name])
        if self.said == "(":
            return self._called(name)
        return self._selected(name)[0]

    def _folded(self, fold: Callable[[list[float]], float]) -> Work:
        by = tuple[str, ...]()
        if self.said == "by":
            self._next()
            by = self._names()
        self._take("(")
        work = self._both()
        self._take(")")

        def folded(series: Series, at: float) -> Vector:
            groups = defaultdict[Labels, list[float]](list)
            for labels, value in _vector(work(series, at)).items():
                groups[_only(labels, by)].append(value)
            return {labels: float(fold(values)) for labels, values in groups.items()}

        return folded

    def _called(self, name: str) -> Work:
        self._take("(")
        if name == "histogram_quantile":
            share = float(self._next())
            self._take(",")
            work = self._both()
            self._take(")")
            return lambda series, at: _quantile(share, _vector(work(series, at)))
        if name == "absent":
            work = self._both()
            self._take(")")
            return lambda series, at: {} if work(series, at) else {frozenset(): 1.0}
        if name not in OVER:
            raise NotUnderstood(f"{self.text}: {name}()")
        _, points, span = self._selected(self._next())
        if not span:
            raise NotUnderstood(f"{self.text}: {name}() looks at a span")
        self._take(")")
        over = OVER[name]
        return lambda series, at: {labels: over(found, span) for labels, found in points(series, at) if len(found) > 1}

    def _selected(self, name: str) -> tuple[Work, Callable[[Series, float], Iterable[tuple[Labels, list]]], float]:
        self.metrics.add(name)
        wanted, span = [], 0.0
        if self.said == "{":
            self._next()
            while self.said != "}":
                label, sign, value = self._next(), self._next(), self._next()
                if sign not in MATCHES or not value.startswith('"'):
                    raise NotUnderstood(f"{self.text}: {label}{sign}{value}")
                wanted.append((label, MATCHES[sign], value[1:-1]))
                if self.said == ",":
                    self._next()
            self._next()
        if self.kind == "span":
            said = self._next()
            span = float(said[1:-2]) * UNITS[said[-2]]

        def points(series: Series, at: float) -> Iterable[tuple[Labels, list[tuple[float, float]]]]:
            for labels, found in series.get(name, {}).items():
                known = dict(labels)
                if all(fits(known.get(label, ""), value) for label, fits, value in wanted):
                    yield labels, [point for point in found if at - (span or STALE) <= point[0] <= at]

        def now(series: Series, at: float) -> Vector:
            return {labels: found[-1][1] for labels, found in points(series, at) if found}

        return now, points, span

    def _names(self) -> tuple[str, ...]:
        self._take("(")
        names = []
        while self.said != ")":
            names.append(self._next())
            if self.said == ",":
                self._next()
        self._next()
        return tuple(names)


MATCHES = {
    "=": eq, "!=": ne, "=~": lambda said, form: bool(re.fullmatch(form, said)),
    "!~": lambda said, form: not re.fullmatch(form, said),
}  # fmt: skip


def _vector(value: Value) -> Vector:
    return value if isinstance(value, dict) else {frozenset(): value}


def _only(labels: Labels, names: Iterable[str]) -> Labels:
    wanted = set(names)
    return frozenset(item for item in labels if item[0] in wanted)


def _divided(left: float, right: float) -> float:
    return left / right if right else float("nan")


def _each(work: Callable[[float, float], float], left: Work, right: Work) -> Work:
    def both(series: Series, at: float) -> Value:
        ours, theirs = left(series, at), right(series, at)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            return {labels: work(value, theirs[labels]) for labels, value in ours.items() if labels in theirs}
        if isinstance(ours, dict):
            return {labels: work(value, theirs) for labels, value in ours.items()}
        if isinstance(theirs, dict):
            return {labels: work(ours, value) for labels, value in theirs.items()}
        return work(ours, theirs)

    return both


def _filtered(test: Callable[[float, float], bool], left: Work, right: Work) -> Work:
    def kept(series: Series, at: float) -> Vector:
        theirs = right(series, at)
        return {
            labels: value for labels, value in _vector(left(series, at)).items()
            if (other := theirs.get(labels) if isinstance(theirs, dict) else theirs) is not None and test(value, other)
        }  # fmt: skip

    return kept


def _and(left: Work, right: Work, on: tuple[str, ...] | None) -> Work:
    def kept(series: Series, at: float) -> Vector:
        def key(labels: Labels) -> Labels:
            return labels if on is None else _only(labels, on)

        there = {key(labels) for labels in _vector(right(series, at))}
        return {labels: value for labels, value in _vector(left(series, at)).items() if key(labels) in there}

    return kept


def _quantile(share: float, buckets: Vector) -> Vector:
    """Within the bucket that it falls into, as if all were spread evenly there."""
    groups = defaultdict[Labels, list[tuple[float, float]]](list)
    for labels, value in buckets.items():
        bound = float(dict(labels)["le"].replace("+Inf", "inf"))
        groups[frozenset(item for item in labels if item[0] != "le")].append((bound, value))
    return {labels: _within(share, sorted(found)) for labels, found in groups.items() if max(found)[1] > 0}


def _within(share: float, buckets: list[tuple[float, float]]) -> float:
    rank, low, below = share * buckets[-1][1], 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            return low if bound == float("inf") else low + (bound - low) * (rank - below) / ((count - below) or 1)
        low, below = bound, count
    return low
