"""The streams that a site's broker has to hold: all there, as the settings want them, on all servers, and coming in."""

from collections.abc import Iterator, Mapping

from nats.js.api import StreamConfig, StreamInfo

from deploy.care.found import Found, judged
from deploy.gathering import SILENT, at_hub, heard_ago, reference_at_center, reference_at_hub
from deploy.provision import Mode, differing, wanted
from deploy.sites.broker import SERVICES_OF_A_CENTER, with_facts
from deploy.sites.settings import Settings


def streams_of(settings: Settings, services: list[str], mode: Mode) -> list[StreamConfig]:
    """`services`: those that run here."""
    if settings.kind == "hub":
        gathered, copies = with_facts(settings.services or SERVICES_OF_A_CENTER), len(settings.peers) + 1
        return [reference_at_hub(copies), *(at_hub(center, gathered, copies) for center in settings.centers)]
    own = [wanted(settings.site, service, mode) for service in with_facts(services)]
    return [*own, *([reference_at_center(settings.site, settings.hub)] if settings.dial else [])]


def look(should: list[StreamConfig], there: Mapping[str, StreamInfo]) -> Iterator[Found]:
    """By what the broker says of them; nobody over a line is asked."""
    for config in should:
        name = str(config.name)
        if not (info := there.get(name)):
            yield Found("stream", "bad", f"{name}: -", "=")
            continue
        other = list(differing(info.config, config))
        yield judged("stream", other, f"{name}: {', '.join(other) or '='}", "=")
        yield from _coming(name, info)
        if (config.num_replicas or 1) > 1:
            yield _copies(name, info, config.num_replicas or 1)


def _coming(name: str, info: StreamInfo) -> Iterator[Found]:
    """How long each source is silent. One that never was heard, where others were, is not at that center."""
    sources = [*(info.sources or []), *([info.mirror] if info.mirror else [])]
    ago = {source.name: heard_ago(source) for source in sources}
    heard = {source: ns / 1e9 for source, ns in ago.items() if ns is not None}
    for source, silent in heard.items():
        yield judged("source", silent > SILENT, f"{name} ← {source}: {silent:.0f} s", f"≤ {SILENT:g} s", only_warn=True)
    if ago and not heard:
        yield Found("source", "warn", f"{name} ← -", f"≤ {SILENT:g} s")


def _copies(name: str, info: StreamInfo, wished: int) -> Found:
    cluster = info.cluster
    others = (cluster.replicas if cluster else None) or []
    well = [each.name for each in others if each.current and not each.offline]
    count = len(well) + bool(cluster and cluster.leader)
    away = ", ".join(str(each.name) for each in others if each.name not in well)
    return judged("copies", count < wished, f"{name}: {count}/{wished} {away}".strip(), f"{wished}")
