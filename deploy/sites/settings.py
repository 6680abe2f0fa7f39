"""What a site is: a center, whole by itself, or the hub of a city. Its `site.toml` says so; a trial needs none."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

NAME, SIGN_IN = "site.toml", "sign-in.toml"
ACCOUNTS = "keys/identity.sqlite"  # among the secrets, and sealed with them in a backup
ONLY_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
HUB_SERVICES = ("audit",)
WHERE_STAFF_SIGN_IN = ("identity",)
SHARING = ("vault", "intake", "scheduling", "visits", "feedback")  # of which there may be several; a ledger has one
Store = Literal["sqlite", "postgres"]


class SettingsWrong(ValueError):
    """What stands in `site.toml` cannot be. The sentence says what."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Settings:
    """Addresses are host:port; port 0: any that is free, noted in the running site.

    `dial`: the hub's address, where there is a hub; of a cluster one for each server, with commas between them.
    `accept`: where the hub lets centers dial in. `database`: the PostgreSQL, where `store` is "postgres". `replicas`:
    of a service so many processes that share its work (1, where nothing is said); they share a store on PostgreSQL.
    """

    kind: Literal["center", "hub"]
    site: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    centers: tuple[str, ...] = ()  # of a center its own code; of a hub those it gathers
    listen: str = "127.0.0.1:0"
    monitor: str = ""
    hub: str = ""
    dial: str = ""
    accept: str = ""
    tls: bool = False  # also for those who connect on the spot; needed where `listen` is not this machine's own
    store: Store = "sqlite"
    sign_in: str = ""  # where staff sign in, by `sign-in.toml`; nowhere: whoever works at this machine is believed
    database: str = ""
    replicas: Mapping[str, Annotated[int, Field(ge=1, le=16)]] = field(default_factory=dict)
    data: str = ""  # the center's rules, calendar, staff and matters; beside site.toml
    services: tuple[str, ...] = ()  # all, if none is named
    peers: tuple[str, ...] = ()  # the other servers of a hub's cluster, as nats routes
    cluster: str = ""  # where this one listens for them
    server: str = ""  # its name among them

    @property
    def center(self) -> str:
        return self.centers[0] if self.kind == "center" else self.site

    def write(self, folder: Path) -> None:
        """Raises `SettingsWrong`."""
        if wrong := _wrong_with_stores(self):
            raise SettingsWrong(f"{folder / NAME}: {wrong}")
        lines = [f"{key} = {_toml(value)}" for key, value in asdict(self).items() if value]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / NAME).write_text("\n".join(lines) + "\n", "utf-8")


def sign_in_of(settings: Settings) -> dict[str, str]:
    """What the service where staff sign in is told of it; paths are relative to the site's folder."""
    host = settings.sign_in.rpartition(":")[0]
    tls = {} if host in ONLY_HERE else {"SIGN_IN_CERT": "tls/sign-in.crt", "SIGN_IN_KEY": "tls/sign-in.key"}
    return {"SIGN_IN": settings.sign_in, "SIGN_IN_SETTINGS": SIGN_IN, "SIGN_IN_TOLD": "health/sign-in",
            "SQLITE_DBNAME": ACCOUNTS, **tls}  # fmt: skip


SETTINGS = TypeAdapter(Settings)


def names_of(settings: Settings, services: Sequence[str]) -> dict[str, str]:
    """The processes of these services -> whose they are; a service's second process is `<service>-2`."""
    return {
        service if n == 1 else f"{service}-{n}": service
        for service in services for n in range(1, settings.replicas.get(service, 1) + 1)
    }  # fmt: skip


def service_of(process: str) -> str:
    return process.partition("-")[0]


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def trial(center: str, site: str) -> Settings:
    return Settings("center", site, (center,))


def read(folder: Path) -> Settings | None:
    """None where nothing is said. Raises `SettingsWrong`."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        found = SETTINGS.validate_python(tomllib.loads(path.read_text("utf-8")))
    except ValueError as wrong:  # pydantic's and tomllib's are of this kind
        raise SettingsWrong(f"{path}: {wrong}") from None
    if found.kind == "center" and len(found.centers) != 1:
        raise SettingsWrong(f"{path}: 中心只有一个代码 / a center has one code: centers = [...]")
    if found.cluster and (len(found.peers) != 2 or not found.server):  # three, of which one may fail
        raise SettingsWrong(
            f"{path}: 集群须三台：peers 两个，各有 server 名 / three in a cluster: two peers, a server name"
        )
    if found.sign_in and not found.sign_in.rpartition(":")[2].isdecimal():
        raise SettingsWrong(f"{path}: sign_in = {found.sign_in}：应为 地址:端口 / is to be host:port")
    if not found.tls and found.listen.rpartition(":")[0] not in ONLY_HERE:
        raise SettingsWrong(f"{path}: listen = {found.listen} 对外开放，须 tls = true / is open to others: tls = true")
    if odd := _wrong_with_stores(found):
        raise SettingsWrong(f"{path}: {odd}")
    return found


def _wrong_with_stores(found: Settings) -> str:
    """The sentence that says so; nothing where nothing is wrong."""
    host, _, port = found.database.rpartition(":")
    if found.store == "postgres" and not (host and port.isdecimal()):
        return 'store = "postgres" 须写 database = "主机:端口" / needs database = "host:port"'
    several = [service for service, count in found.replicas.items() if count > 1]
    if several and found.store != "postgres":
        return (
            f'replicas（{", ".join(several)}）：一个 SQLite 文件只归一个进程，多开须 store = "postgres" / '
            'a SQLite file has one process, several need store = "postgres"'
        )
    if odd := sorted(found.replicas.keys() - {*SHARING}):
        return f"replicas: {', '.join(odd)} 不能多开，可以的是 {', '.join(SHARING)} / cannot be several, these can"
    return ""
