"""The AsyncAPI 3 document of a service: its doors as FastStream declares them, its facts, and what it hears."""

import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any

from faststream.specification.asyncapi import AsyncAPI
from pydantic.json_schema import models_json_schema

from deploy.asyncapi.brokers import ASKED, CENTER, broker_of
from deploy.asyncapi.example import CASE, example
from deploy.commands import ROOT
from deploy.desks import desk_of, parts_of
from shared.actors import HEADER
from shared.messages import Answer, CloudEvent, Command, Fact, Message
from shared.reaction import Reaction, heard_by
from shared.tracing import HEADER as TRACE
from shared.words import catalogue, word

Json = dict[str, Any]
FOLDER = ROOT / "docs" / "asyncapi"
SCHEMAS = "#/components/schemas/"
ALL = "status_of_all"  # asked of every replica of every service
ADDRESS = {
    "center": {"description": "中心的行政区划代码（GB/T 2260） / the center's code (GB/T 2260)", "examples": ["620105"]}
}
KEY = {"case": {"description": "案号或其他流水 / the case number, or another stream's key", "examples": [CASE]}}


def document(service: str) -> Json:
    """Pure but for the golden samples of facts, which are read from the tests."""
    doors = AsyncAPI(broker_of(service), title=service).to_specification().to_jsonable()
    found = _Document(service, doors["components"]["schemas"])
    found.answers()
    for address in sorted(doors["channels"]):
        channel = doors["channels"][address]
        payload = doors["components"]["messages"][f"{address}:SubscribeMessage"]["payload"]
        found.door(address, cleandoc(channel.get("description") or ""), payload)
    if service != "audit":  # whose own facts never travel
        samples = golden(service)
        for fact in sorted({fact for decider in parts_of(service).all_deciders for fact in decider.facts}, key=_type):
            found.fact(fact, samples.get(fact.type))
        for reaction in sorted(parts_of(service).reactions, key=_name):
            found.reaction(reaction)
    return found.whole()


def written(service: str) -> str:
    return json.dumps(document(service), ensure_ascii=False, indent=1) + "\n"


def path_of(service: str) -> Path:
    return FOLDER / f"{service}.json"


def golden(service: str) -> Mapping[str, Json]:
    """By fact and version, what is on disk for ever; none where the tests are not beside the code."""
    files = sorted(file for part in (service, "machinery") for file in (ROOT / "tests" / part).glob("golden*.json"))
    return {kind: sample for file in files for kind, sample in json.loads(file.read_text("utf-8")).items()}


class _Document:
    def __init__(self, service: str, schemas: Mapping[str, Json]) -> None:
        self._service, self._declared = service, schemas
        self._commands = {command.asked(): command for command in (() if service == "audit" else desk_of(service))}
        self._channels, self._operations = dict[str, Json](), dict[str, Json]()
        self._messages, self._schemas = dict[str, Json](), dict[str, Json]()

    def answers(self) -> None:
        """Where replies go: to the inbox of whoever asked."""
        self._take(Answer)
        reply: Json = {"address": None, "title": "答复 / the reply", "messages": {}}
        for name, payload in (("Answer", {"$ref": f"{SCHEMAS}Answer"}), ("Reply", {"type": "object"})):
            self._messages[name] = {"name": name, "contentType": "application/json", "payload": payload}
            reply["messages"][name] = {"$ref": f"#/components/messages/{name}"}
        self._channels["reply"] = reply

    def door(self, address: str, about: str, payload: Json) -> None:
        name = address.rpartition(".")[2] if address.startswith("ask.") else ALL
        there = address.replace(CENTER, "{center}")
        command = self._commands.get(name)
        asked = command or ASKED.get((self._service, name))
        if asked:
            self._take(asked)
            payload = {"$ref": f"{SCHEMAS}{asked.__name__}"}
        else:
            payload = {"type": "object"}
        channel = self._channel(name, there, _title(name, command), about, ADDRESS)
        self._message(channel, name, {
            "payload": payload, "headers": {"$ref": f"{SCHEMAS}Headers"},
            **({"examples": [{"payload": example({"$ref": payload["$ref"]}, self._schemas)}]} if asked else {}),
        })  # fmt: skip
        self._operations[name] = {
            "action": "receive", "channel": {"$ref": f"#/channels/{name}"},
            "tags": [{"name": "command" if command else "question"}],
            "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
            "reply": {"address": {"location": "$message.header#/reply"}, "channel": {"$ref": "#/channels/reply"},
                      "messages": [{"$ref": f"#/channels/reply/messages/{'Answer' if command else 'Reply'}"}]},
            **({"x-roles": list(command.roles)} if command else {}),
            **({"bindings": {"nats": {"queue": there}}} if name != ALL else {}),
        }  # fmt: skip

    def fact(self, fact: type[Fact], sample: Json | None) -> None:
        """`sample`: what is on disk for ever; the facts of clocks, that all services share, have none."""
        self._take(fact)
        channel = self._channel(
            fact.type, f"facts.{{center}}.{self._service}.{{case}}.{fact.type}",
            f"{word('facts', fact.type)} / {word('facts', fact.type, 'en')}", _doc(fact), ADDRESS | KEY,
        )  # fmt: skip
        data = sample if sample is not None else example({"$ref": SCHEMAS + fact.__name__}, self._schemas)
        self._message(channel, fact.type, {
            "payload": self._as_fact(fact.type, fact.__name__), "headers": {"$ref": f"{SCHEMAS}OnTheRoad"},
            "examples": [{"payload": self._envelope(fact.type, data)}],
        })  # fmt: skip
        self._operations[f"say.{fact.type}"] = self._operation("send", fact.type, "fact")

    def reaction(self, reaction: Reaction) -> None:
        contract, name = heard_by(reaction)[1], _name(reaction)
        schema = f"{contract.__name__}.of.{contract.service}"
        self._take(contract, schema)
        address = f"facts.{{center}}.{contract.service}.{{case}}.{contract.type}"
        channel = self._channel(name, address, name.replace("_", " "), _doc(reaction), ADDRESS | KEY)
        self._message(channel, name, {"payload": self._as_fact(contract.type, schema)})
        self._operations[name] = self._operation("receive", name, "reaction")

    def whole(self) -> Json:
        return {
            "asyncapi": "3.0.0",
            "info": {
                "title": f"{word('tail', self._service)} / {self._service}", "version": "1",
                "description": _about(self._service),
                "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            },
            "defaultContentType": "application/json",
            "servers": {"center": {
                "host": "{host}", "protocol": "nats", "security": [{"$ref": "#/components/securitySchemes/nkey"}],
                "variables": {"host": {"default": "localhost:4222"}},
            }},
            "channels": self._channels, "operations": self._operations,
            "components": {
                "messages": self._messages,
                "schemas": self._schemas | {"Headers": HEADERS, "OnTheRoad": ON_THE_ROAD, "CloudEvent": _cloud_event()},
                "securitySchemes": {"nkey": {"type": "asymmetricEncryption", "description": "NKey (Ed25519)"}},
            },
        }  # fmt: skip

    def _channel(self, name: str, address: str, title: str, about: str, parameters: Json) -> Json:
        channel: Json = {"address": address, "title": title, "messages": {}, "parameters": parameters}
        if about:
            channel["description"] = about
        self._channels[name] = channel
        return channel

    def _message(self, channel: Json, name: str, message: Json) -> None:
        self._messages[name] = {"name": name, "contentType": "application/json", **message}
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}

    def _operation(self, action: str, channel: str, tag: str) -> Json:
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "tags": [{"name": tag}],
                "messages": [{"$ref": f"#/channels/{channel}/messages/{channel}"}]}  # fmt: skip

    def _take(self, model: type[Message], name: str = "") -> None:
        """The model's schema and what it refers to; as FastStream declares it, if it does."""
        _, found = models_json_schema([(model, "validation")], ref_template=f"{SCHEMAS}{{model}}")
        for each, schema in found["$defs"].items():
            own = self._declared.get(each, schema)
            self._schemas[name if name and each == model.__name__ else each] = _plain(own)

    def _as_fact(self, kind: str, schema: str) -> Json:
        about = {"type": {"const": kind}, "data": {"$ref": f"{SCHEMAS}{schema}"}}
        return {"allOf": [{"$ref": f"{SCHEMAS}CloudEvent"}, {"type": "object", "properties": about}]}

    def _envelope(self, kind: str, sample: Json) -> Json:
        source, moment = f"/620105/{self._service}", "2026-03-02T09:25:00+08:00"
        noun = next(each.name for each in parts_of(self._service).all_deciders if kind in map(_type, each.facts))
        subject = f"{noun}/{CASE}"
        return {
            "specversion": "1.0", "id": f"{source}/{subject}/1", "source": source,
            "type": kind, "subject": subject, "time": moment, "case": CASE, "actor": "clerk:F01",
            "causationid": "desk-1", "rules": "620105-2026-03", "recordedat": moment, "timing": "exact",
            "origin": "live", "data": sample,
        }  # fmt: skip


HEADERS: Json = {
    "type": "object",
    "properties": {
        HEADER: {"type": "string", "description": "签名的短期身份令牌（JWT） / who speaks: a short-lived signed token"},
        TRACE: {"type": "string", "description": "W3C Trace Context"},
    },
}  # fmt: skip
ON_THE_ROAD: Json = {
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {"type": "string", "description": "<site>.<service>.<position>"},
        "Nats-Expected-Last-Sequence": {"type": "string", "description": "position − 1"},
        "Doorstep-Previous": {"type": "string", "description": "position − 1"},
        TRACE: {"type": "string", "description": "W3C Trace Context"},
    },
}


def _plain(schema: Any) -> Any:
    """Without the titles that are only the fields' names again."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema


def _cloud_event() -> Json:
    schema: Json = _plain(CloudEvent[Message].model_json_schema())
    del schema["$defs"]
    schema["properties"]["data"] = {"type": "object"}
    return schema | {"description": cleandoc(CloudEvent.__doc__ or "")}


def _title(name: str, command: type[Command] | None) -> str:
    if command and command.__name__ in catalogue()["codes_command"]:
        return f"{word('codes_command', command.__name__)} / {word('codes_command', command.__name__, 'en')}"
    section = catalogue()["asyncapi"]
    return f"{section[name]['zh']} / {section[name]['en']}" if name in section else name.replace("_", " ")


def _doc(named: Any) -> str:
    """Its own words, not those of what it is made from."""
    inherited = {base.__doc__ for base in getattr(named, "__mro__", ())[1:]}
    return cleandoc(named.__doc__) if named.__doc__ and named.__doc__ not in inherited else ""


def _about(service: str) -> str:
    key = f"about_{service}"
    return f"{word('asyncapi', key)} / {word('asyncapi', key, 'en')}" if key in catalogue()["asyncapi"] else service


def _type(fact: type[Fact]) -> str:
    return fact.type


def _name(reaction: Reaction) -> str:
    return reaction.__name__


def checked(services: Sequence[str]) -> Iterator[str]:
    """The services whose document on disk is not what the code says now."""
    for service in services:
        path = path_of(service)
        if not path.exists() or path.read_text("utf-8") != written(service):
            yield service
