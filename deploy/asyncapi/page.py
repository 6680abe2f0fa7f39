"""All services on one page: needs nothing from elsewhere, can be sent by mail and opened in any browser."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from shared.messages import Command
from shared.words import word

Json = Mapping[str, Any]
HERE = Path(__file__).parent
KINDS = {"command": "commands", "question": "questions", "fact": "said", "reaction": "reactions"}
OF_ALL = frozenset(Command.model_fields) - {"case"}  # what every command has
LIMITS = {"minimum": "≥", "maximum": "≤", "exclusiveMaximum": "<", "exclusiveMinimum": ">", "minLength": "≥",
          "maxLength": "≤", "minItems": "≥", "maxItems": "≤"}  # fmt: skip


def page(documents: Mapping[str, Json]) -> str:
    """`documents`: AsyncAPI, by service, in the order in which they are to be read."""
    hearers = _hearers(documents)
    nav = "".join(_nav(service, document) for service, document in documents.items())
    main = "".join(_service(service, document, hearers) for service, document in documents.items())
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_both('title')}</title><style>{(HERE / 'page.css').read_text('utf-8')}</style>"
        f'<nav><h1>{_both("title")}</h1><input id="find" type="search" placeholder="{_both("find")}" '
        f'aria-label="{_both("find")}">{nav}</nav><main><p>{_both("about")}</p>{_envelope(documents)}{main}</main>'
        f"<script>{(HERE / 'page.js').read_text('utf-8')}</script></html>\n"
    )


def counts(documents: Mapping[str, Json]) -> dict[str, int]:
    every = [operation for document in documents.values() for operation in document["operations"].values()]
    return {name: sum(_kind(each) == kind for each in every) for kind, name in KINDS.items()}


def _nav(service: str, document: Json) -> str:
    links = "".join(
        f'<a href="#{service}-{kind}">{word("asyncapi", name)} <small>{count}</small></a>'
        for kind, name in KINDS.items() if (count := len(_of_kind(document, kind)))
    )  # fmt: skip
    return f'<section><a href="#{service}">{escape(document["info"]["title"])}</a>{links}</section>'


def _service(service: str, document: Json, hearers: Mapping[str, Sequence[str]]) -> str:
    shown = _Shown(service, document, hearers)
    parts = "".join(
        f'<h3 id="{service}-{kind}">{_both(name)}</h3>{"".join(map(shown.operation, operations))}'
        for kind, name in KINDS.items() if (operations := _of_kind(document, kind))
    )  # fmt: skip
    return (
        f'<h2 id="{service}">{escape(document["info"]["title"])}</h2><p>{escape(document["info"]["description"])}</p>'
        f"{parts}{shown.types()}"
    )


def _envelope(documents: Mapping[str, Json]) -> str:
    """What all commands and all facts have in common, once."""
    document = next(each for each in documents.values() if _of_kind(each, "command"))
    shown, schemas = _Shown("all", document, {}), document["components"]["schemas"]
    command = next(
        schema for schema in schemas.values() if schema.get("properties", {}).keys() >= {*OF_ALL, "case"}
    )  # fmt: skip
    of_all = {name: field for name, field in command["properties"].items() if name in OF_ALL | {"case"}}
    parts = "".join(
        f"<details><summary><span>{_both(title)}</span></summary>{shown.fields(schema, set())}</details>"
        for title, schema in (
            ("of_commands", {**command, "properties": of_all}), ("of_facts", schemas["CloudEvent"]),
            ("of_answers", schemas["Answer"]), ("of_headers", schemas["Headers"]),
        )
    )  # fmt: skip
    return parts + shown.types()


class _Shown:
    def __init__(self, service: str, document: Json, hearers: Mapping[str, Sequence[str]]) -> None:
        self._service, self._document, self._hearers = service, document, hearers
        self._schemas = document["components"]["schemas"]
        self._named = list[str]()  # types that something refers to

    def operation(self, item: tuple[str, Json]) -> str:
        name, operation = item
        channel = self._document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        message = self._document["components"]["messages"][operation["messages"][0]["$ref"].rpartition("/")[2]]
        kind = _kind(operation)
        about = channel.get("description", "")
        parts = [
            f"<p><code>{escape(channel['address'])}</code></p>",
            f"<p>{escape(about)}</p>" if about else "",
            f"<p>{_both('asked_by')}: {escape('、'.join(operation['x-roles']))}</p>" if "x-roles" in operation else "",
            self.fields(self._content(message["payload"]), set() if kind != "command" else {*OF_ALL}),
            *(self._heard_by(channel["address"]) if kind == "fact" else ()),
            *map(_example, message.get("examples", ())),
        ]
        said = name.removeprefix("say.")
        return (
            f'<details id="{self._service}.{escape(said)}" class="{kind}"><summary><code>{escape(said)}</code> '
            f"<span>{escape(channel['title'])}</span></summary>{''.join(parts)}</details>"
        )

    def _content(self, payload: Json) -> Json:
        """Of a fact, what is its own."""
        if "allOf" in payload:
            return self._content(payload["allOf"][1]["properties"]["data"])
        found: Json = self._schemas[payload["$ref"].rpartition("/")[2]] if "$ref" in payload else payload
        return found

    def fields(self, schema: Json, without: set[str]) -> str:
        required = schema.get("required", ())
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code>{'' if name in required else '<i>?</i>'}</td>"
            f"<td>{self._type(field)}</td><td>{escape(field.get('description', ''))}{_default(field)}</td></tr>"
            for name, field in schema.get("properties", {}).items() if name not in without
        )  # fmt: skip
        return f"<table>{rows}</table>" if rows else ""

    def types(self) -> str:
        """What the fields refer to, and what these refer to."""
        done: dict[str, str] = {}
        while left := [name for name in self._named if name not in done]:
            for name in left:
                schema = self._schemas[name]
                inside = self.fields(schema, set()) or f"<p>{self._type(schema)}</p>"
                done[name] = (
                    f'<details id="{self._service}.type.{escape(name)}"><summary><code>{escape(name)}</code></summary>'
                    f"<p>{escape(schema.get('description', ''))}</p>{inside}</details>"
                )
        return f"<h3>{_both('types')}</h3>{''.join(done[name] for name in sorted(done))}" if done else ""

    def _type(self, field: Json) -> str:
        if "$ref" in field:
            name = field["$ref"].rpartition("/")[2]
            self._named.append(name)
            return f'<a href="#{self._service}.type.{escape(name)}">{escape(name)}</a>'
        if "anyOf" in field:
            kinds = [self._type(each) for each in field["anyOf"] if each.get("type") != "null"]
            return " | ".join(kinds) + ("?" if len(kinds) < len(field["anyOf"]) else "")
        if "enum" in field or "const" in field:
            return " | ".join(f"<code>{escape(str(each))}</code>" for each in field.get("enum", [field.get("const")]))
        limits = "".join(f" {sign}{field[key]}" for key, sign in LIMITS.items() if key in field)
        if field.get("type") == "array":
            kinds = [self._type(each) for each in field.get("prefixItems", [field.get("items") or {}])]
            return f"[{', '.join(kinds)}{'' if 'prefixItems' in field else ' …'}]{escape(limits)}"
        pattern = f" <code>{escape(field['pattern'])}</code>" if "pattern" in field else ""
        return f"{escape(field.get('format') or field.get('type') or 'any')}{escape(limits)}{pattern}"

    def _heard_by(self, address: str) -> Iterator[str]:
        if hearers := self._hearers.get(address):
            links = "、".join(f'<a href="#{each}">{escape(each)}</a>' for each in hearers)
            yield f"<p>{_both('heard_by')}: {links}</p>"


def _hearers(documents: Mapping[str, Json]) -> dict[str, list[str]]:
    """Address of a fact -> the reactions that hear it."""
    found: dict[str, list[str]] = {}
    for service, document in documents.items():
        for name, _ in _of_kind(document, "reaction"):
            found.setdefault(document["channels"][name]["address"], []).append(f"{service}.{name}")
    return found


def _of_kind(document: Json, kind: str) -> list[tuple[str, Json]]:
    return [item for item in document["operations"].items() if _kind(item[1]) == kind]


def _kind(operation: Json) -> str:
    return str(operation["tags"][0]["name"])


def _example(example: Json) -> str:
    said = json.dumps(example["payload"], ensure_ascii=False, indent=1)
    return f"<details class=example><summary>{_both('example')}</summary><pre>{escape(said)}</pre></details>"


def _default(field: Json) -> str:
    return f" <i>= {escape(json.dumps(field['default'], ensure_ascii=False))}</i>" if field.get("default") else ""


def _both(key: str) -> str:
    return f"{escape(word('asyncapi', key))} / {escape(word('asyncapi', key, 'en'))}"
