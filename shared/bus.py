"""The way to the broker: where it is, who we are to it (an NKey), and whose certificates we believe."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import nats
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from faststream.security import BaseSecurity
from nats.aio.client import Client

# Even without reconnecting the client tries a server that refuses it for two minutes, unless told how often.
ONCE: dict[str, Any] = {"allow_reconnect": False, "max_reconnect_attempts": 2, "reconnect_time_wait": 0.2}


@dataclass(frozen=True)
class Bus:
    """`name`: as whom. Its replies come to an inbox of its own, which nobody else may listen to."""

    url: str
    name: str
    seed: Path | None = None  # a file with an NKey's seed; none: the broker asks for nothing
    ca: Path | None = None  # none: no TLS
    certificate: tuple[Path, Path] | None = None  # and its key, where the broker asks for ours

    @classmethod
    def of(cls, name: str, env: Mapping[str, str]) -> Self:
        """From NATS_URL, NATS_SEED, NATS_CA, NATS_CERT and NATS_KEY (paths)."""
        path = {key: Path(env[key]) for key in ("NATS_SEED", "NATS_CA", "NATS_CERT", "NATS_KEY") if env.get(key)}
        pair = (path["NATS_CERT"], path["NATS_KEY"]) if "NATS_CERT" in path else None
        return cls(env["NATS_URL"], name, path.get("NATS_SEED"), path.get("NATS_CA"), pair)

    @property
    def inbox(self) -> str:
        return f"_INBOX_{self.name}"

    def options(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.name, "connect_timeout": 2, "inbox_prefix": self.inbox.encode()}
        if self.seed:
            found["nkeys_seed"] = str(self.seed)
        if self.ca:
            found["tls"] = self.tls()
        return found

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.certificate:
            context.load_cert_chain(*map(str, self.certificate))
        return context

    async def connect(self, **more: Any) -> Client:
        return await nats.connect(self.url, **self.options() | more)

    def broker(self) -> NatsBroker:
        """FastStream's, that never gives up."""
        tls = self.tls() if self.ca else None
        plain = BaseSecurity(ssl_context=tls) if tls else None
        security = NatsNKey.from_file(self.seed, ssl_context=tls) if self.seed else plain
        return NatsBroker(
            self.url, logger=None, name=self.name, connect_timeout=2, max_reconnect_attempts=-1, reconnect_time_wait=1,
            security=security, inbox_prefix=self.inbox,
        )  # fmt: skip
