"""Whom it was for, which matters, and whether they could know of it."""

from collections.abc import Iterable

from deploy.indicators.measure import Indicator, Month, judged, ratio


def shares(month: Month) -> Iterable[Indicator]:
    yield from _known_beforehand(month)
    for name, unknown in (("scope", ""), ("age_band", "unknown")):
        of = {
            case: found[0]["data"].get(name) or unknown
            for case, found in sorted(month.by_type["request_registered.v1"].items())
        }
        for each in sorted({code for code in of.values() if code != unknown}):
            yield ratio(f"{name}:{each}", of, lambda case, each=each, of=of, unknown=unknown: (  # type: ignore[misc]
                None if of[case] == unknown else of[case] == each))  # fmt: skip


def _known_beforehand(month: Month) -> Iterable[Indicator]:
    """公开率: the guide in force is noted with each request. 目录覆盖率: of the published matters, those asked for."""
    registered = {case: found[0]["data"] for case, found in month.by_type["request_registered.v1"].items()}
    yield ratio(
        "guide_published",
        registered,
        lambda case: True if registered[case].get("guide") else None if case in month.on_paper else False,
    )
    published = month.each("catalogue_published.v1")
    entries = published[-1]["data"]["entries"] if published else ()
    asked = {said.get("matter") for said in registered.values()}
    yield judged("catalogue_coverage", [(entry["matter"], entry["matter"] in asked) for entry in entries])
