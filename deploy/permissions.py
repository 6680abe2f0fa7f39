"""Who may say and hear what on the bus, read from what the services declare: it cannot drift from the code.

A service publishes its own facts and nobody else's; it reads the streams whose facts its reactions hear; it answers its
own questions and asks those that it declares (`Parts.asks`). All of it are allow lists.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.desks import parts_of
from deploy.keys import ADMIN, CONSOLE
from deploy.provision import stream_name
from shared.parts import Parts
from shared.reaction import heard_by

ONLY_LISTEN = frozenset({"audit", "identity"})  # no facts of their own on the bus, so no stream
ANSWERS = {"max": 1, "ttl": "1m"}


@dataclass(frozen=True)
class Allowed:
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False  # to whoever asked, once


def upstreams(parts: Parts) -> list[str]:
    """The services whose facts it hears."""
    return sorted({heard_by(reaction)[1].service for reaction in parts.reactions})


def _parts(service: str) -> Parts:
    """Of a service whose code is not here nothing is known: it has its own facts and its own questions."""
    try:
        return parts_of(service)
    except ModuleNotFoundError:
        return Parts(service, (), ())


def reads(stream: str) -> list[str]:
    """A consumer of its own on that stream, and how far the stream is."""
    return [f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.CONSUMER.CREATE.{stream}.>", f"$JS.API.STREAM.INFO.{stream}"]


def of_service(service: str, site: str, center: str, services: Sequence[str]) -> Allowed:
    inbox = f"_INBOX_{service}.>"
    hears = (inbox, f"ask.{center}.{service}.*", f"status.{center}")
    if service == "audit":
        streams = [each for each in services if each not in ONLY_LISTEN]
        reading = [subject for each in streams for subject in reads(stream_name(site, each))]
        reading += [f"$JS.API.STREAM.MSG.GET.{stream_name(site, each)}" for each in streams]
        asks = [f"ask.{center}.{each}.{question}" for each in streams for question in ("facts", "digest")]
        return Allowed(("$JS.API.STREAM.LIST", *reading, *asks), hears, answers=True)
    parts = _parts(service)
    own: tuple[str, ...] = ()
    if service not in ONLY_LISTEN:
        own = (f"facts.{center}.{service}.>", f"$JS.API.STREAM.INFO.{stream_name(site, service)}")
    reading = [subject for each in upstreams(parts) for subject in reads(stream_name(site, each))]
    asks = [f"ask.{center}.{question}" for question in parts.asks]
    return Allowed((*own, *reading, *asks), hears, answers=True)


def of_console(site: str, center: str, services: Sequence[str]) -> Allowed:
    """Who works at the machine asks and looks; facts are for the services alone."""
    streams = [each for each in services if each not in ONLY_LISTEN]
    reading = [subject for each in streams for subject in reads(stream_name(site, each))]
    return Allowed(
        (f"ask.{center}.>", f"status.{center}", "$JS.API.INFO", "$JS.API.STREAM.LIST", *reading,
         *(f"$JS.API.STREAM.MSG.GET.{stream_name(site, each)}" for each in streams)),
        (f"_INBOX_{CONSOLE}.>", f"facts.{center}.>"),
    )  # fmt: skip


def of_admin() -> Allowed:
    """Makes and repairs streams. Its key is needed at a start, not in between."""
    return Allowed(("$JS.API.>",), (f"_INBOX_{ADMIN}.>",))


def of_site(site: str, center: str, services: Sequence[str]) -> dict[str, Allowed]:
    return {
        ADMIN: of_admin(), CONSOLE: of_console(site, center, services),
        **{service: of_service(service, site, center, services) for service in services},
    }  # fmt: skip


def users(keys: Mapping[str, str], allowed: Mapping[str, Allowed]) -> str:
    """The `users` of an account, as nats-server reads them."""
    return ",\n".join(_user(keys[name], each) for name, each in allowed.items())


def _user(key: str, allowed: Allowed) -> str:
    permissions: dict[str, object] = {
        "publish": {"allow": list(allowed.publish)}, "subscribe": {"allow": list(allowed.subscribe)}
    }  # fmt: skip
    if allowed.answers:
        permissions["allow_responses"] = ANSWERS
    return json.dumps({"nkey": key, "permissions": permissions})
