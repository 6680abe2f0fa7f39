"""The configuration of a nats-server: of a center, that dials out to the hub; of the hub, that centers dial in to.

A center is whole by itself: its JetStream has a domain of its own (its code), and nothing in it waits for the line.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.certificates import Tls
from deploy.permissions import Allowed, users

NEWEST_TLS = "1.3"


@dataclass(frozen=True)
class Accept:
    """The port that centers dial in to, and who they are: center -> public NKeys, two while one is made anew."""

    listen: str
    tls: Tls
    centers: Mapping[str, Sequence[str]]
    reads: Mapping[str, Allowed]  # center -> what may pass over its line, seen from the hub


@dataclass(frozen=True)
class Dial:
    """The line to the hub. `seed`: a file of ours; its content is put in a file of its own that the server includes."""

    urls: Sequence[str]  # of one hub: one for each of its servers
    tls: Tls
    seed: Path


@dataclass(frozen=True)
class Cluster:
    """Three servers of one hub, each in a room of its own.

    `secret`: a file with the routes to the others and the password by which they know each other, since the authority
    that signed their certificates signs those of the centers too.
    """

    name: str
    listen: str
    tls: Tls
    secret: Path


@dataclass(frozen=True)
class Broker:
    name: str
    domain: str
    listen: str
    store: Path
    keys: Mapping[str, str]  # who -> public NKey
    allowed: Mapping[str, Allowed]
    tls: Tls | None = None  # for those who connect; none on a machine's own loopback
    monitor: str | None = None  # loopback only: it tells of everybody
    accept: Accept | None = None
    dial: Dial | None = None
    cluster: Cluster | None = None

    def config(self) -> str:
        accounts = users(self.keys, self.allowed)
        if self.accept:
            accounts += ",\n" + users(
                {_leaf(code, key): key for code, keys in self.accept.centers.items() for key in keys},
                {
                    _leaf(code, key): self.accept.reads[code]
                    for code, keys in self.accept.centers.items()
                    for key in keys
                },
            )
        parts = [
            f"listen: {_q(self.listen)}\nserver_name: {_q(self.name)}",
            f"http: {_q(self.monitor)}" if self.monitor else "",
            f"tls {_tls(self.tls, verify=False, first=False)}" if self.tls else "",
            "# An acknowledged fact is on the disk, also after a power failure.",
            f"jetstream {{\n  store_dir: {_q(self.store)}\n  domain: {_q(self.domain)}\n  sync_interval: always\n}}",
            "# Each may say and hear what is listed, and no more. Lists are generated from the code.",
            f"accounts {{\n  BUS {{\n    jetstream: enabled\n    users: [\n{accounts}\n    ]\n  }}\n  SYS {{}}\n}}",
            "system_account: SYS",
            self._leafnodes(),
            self._cluster(),
            "# A service that reads slowly is told so late, and clients come back soon after a restart.",
            'write_deadline: "10s"\nlame_duck_duration: "30s"',
        ]  # fmt: skip
        return "\n".join(part for part in parts if part) + "\n"

    def _leafnodes(self) -> str:
        if self.accept:
            tls = _tls(self.accept.tls, verify=True)
            return (
                f"leafnodes {{\n  listen: {_q(self.accept.listen)}\n  no_advertise: true\n"
                f"  isolate_leafnode_interest: true\n  compression: off\n  tls {tls}\n}}"
            )
        if self.dial:
            included = self.dial.seed.with_suffix(".conf").name
            tls, urls = _tls(self.dial.tls, verify=False), ", ".join(map(_q, self.dial.urls))
            return (
                f"leafnodes {{\n  reconnect: 1s\n  include {_q('./keys/' + included)}\n"
                f"  remotes: [ {{ urls: [ {urls} ], account: BUS, nkey: $LEAF_SEED, compression: off\n"
                f"    tls {tls} }} ]\n}}"
            )
        return ""

    def _cluster(self) -> str:
        if not self.cluster:
            return ""
        tls = _tls(self.cluster.tls, verify=True, first=False)
        return (
            f"cluster {{\n  name: {_q(self.cluster.name)}\n  listen: {_q(self.cluster.listen)}\n"
            f"  include {_q('./keys/' + self.cluster.secret.name)}\n  tls {tls}\n}}"
        )

    def write(self, path: Path) -> None:
        """And the included file with the seed of the line, 0600, if there is a line."""
        path.write_text(self.config(), "utf-8")
        if self.dial:
            write_line_seed(self.dial.seed)


def write_line_seed(seed: Path) -> None:
    """What the server includes, 0600, beside the seed itself."""
    included = seed.with_suffix(".conf")
    included.touch(mode=0o600)
    included.write_text(f"LEAF_SEED: {_q(seed.read_text('utf-8').strip())}\n", "utf-8")


def over_the_line(site: str, hub: str, services: Sequence[str]) -> Allowed:
    """What a center may do at the hub: deliver its own facts, take reference data, have its checkpoints signed.

    As the hub sees it: `publish` is what comes from the center, `subscribe` what goes to it.
    """
    streams = [f"FACTS-{site}-{service}" for service in services]
    return Allowed(
        publish=(
            f"up.{site}.>", "$JSC.R.>", "_R_.>", f"ask.{hub}.audit.countersign",
            f"$JS.{hub}.API.CONSUMER.CREATE.REFERENCE", f"$JS.{hub}.API.CONSUMER.CREATE.REFERENCE.>",
            "$JS.FC.REFERENCE.>", "$JS.ACK.REFERENCE.>",
        ),
        subscribe=(
            *(f"$JS.{site}.API.CONSUMER.{what}.{stream}{more}" for stream in streams
              for what in ("CREATE", "INFO", "RESET") for more in ("", ".>")),
            *(f"$JS.{kind}.{stream}.>" for stream in streams for kind in ("FC", "ACK")),
            f"down.{site}.>", "$JSC.R.>", f"_INBOX_{site}_audit.>",
        ),
    )  # fmt: skip


def _leaf(center: str, key: str) -> str:
    return f"leaf {center} {key}"


def _tls(tls: Tls, *, verify: bool, first: bool = True) -> str:
    said = {"cert_file": str(tls.certificate), "key_file": str(tls.key), "ca_file": str(tls.ca)}
    lines = [f"{key}: {_q(value)}" for key, value in said.items()]
    lines += ["verify: true"] if verify else []
    lines += ["handshake_first: true"] if first else []
    return "{ " + ", ".join([*lines, f'min_version: "{NEWEST_TLS}"']) + " }"


def _q(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)
