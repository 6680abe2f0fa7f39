"""The city's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636); and whose groups give roles.

State, nonce, keys and claims are checked by Authlib; what is ours is from a claim to a staff number and roles.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.requests import Request
from starlette.responses import Response

from services.identity.roles import checked
from services.identity.sessions import Person
from shared.decider import Refused

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
PATIENCE = 5.0  # seconds
ALLOWED = {"RS256", "PS256", "ES256", "EdDSA", "Ed25519"}  # what needs no shared secret


class Oidc(BaseModel):
    """`staff`, `groups`: the claims that name a staff number and the groups; `roles`: group -> role here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    client: str
    staff: str = "preferred_username"
    groups: str = "groups"
    scope: str = "openid profile"
    roles: dict[str, str]
    ca: Path | None = None  # of the provider's certificate, where it is none of the machine's own

    @field_validator("issuer")
    @classmethod
    def over_tls(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("https:// is needed, but on this very machine")
        return issuer.rstrip("/")

    @field_validator("roles")
    @classmethod
    def known(cls, roles: dict[str, str]) -> dict[str, str]:
        for role in roles.values():
            try:
                checked([role])
            except Refused as refused:
                raise ValueError(f"{refused.rule}: {role}") from None
        return roles


class Settings(BaseModel):
    """`sign-in.toml` of a site. `url`: by which browsers find this page; the provider sends them back there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    hours: float = Field(default=8.0, gt=0, le=24)
    idle_minutes: float = Field(default=60.0, gt=0)
    oidc: Oidc | None = None


class Provider:
    def __init__(self, settings: Oidc, secret: str | None) -> None:
        """`secret`: of the client, where the provider gave it one."""
        self._settings = settings
        verify: Any = ssl.create_default_context(cafile=str(settings.ca)) if settings.ca else True
        self._client: Any = OAuth().register(
            "provider", client_id=settings.client, client_secret=secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": settings.scope, "code_challenge_method": "S256", "timeout": PATIENCE,
                           "verify": verify, **({} if secret else {"token_endpoint_auth_method": "none"})},
        )  # fmt: skip

    async def go(self, request: Request, back: str) -> Response:
        """To the provider. Raises `Refused` where it cannot be reached."""
        try:
            await self._known()
            answer: Response = await self._client.authorize_redirect(request, back)
        except (httpx2.HTTPError, OSError, AuthlibBaseError, ValueError, RuntimeError):
            raise Refused("SIGN_IN", "provider_away") from None
        return answer

    async def came_back(self, request: Request) -> Person:
        """Who it is. Raises `Refused`."""
        try:
            await self._known()
            token = await self._client.authorize_access_token(request)
            claims = token["userinfo"]
        except httpx2.TransportError:
            raise Refused("SIGN_IN", "provider_away") from None
        except (httpx2.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, RuntimeError):
            raise Refused("SIGN_IN", "provider_not_believed") from None
        return self.person(claims)

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Raises `Refused`: no staff number, or no group that gives a role here."""
        staff, groups = str(claims.get(self._settings.staff, "")), claims.get(self._settings.groups) or ()
        if not 0 < len(staff) <= 64 or not all(each.isascii() and (each.isalnum() or each in "_.-") for each in staff):
            raise Refused("SIGN_IN", "provider_names_nobody", claim=self._settings.staff)
        named = {groups} if isinstance(groups, str) else set(map(str, groups))
        roles = {role for group, role in self._settings.roles.items() if group in named}
        if not roles:
            raise Refused("SIGN_IN", "provider_gives_no_role", staff=staff)
        return Person(staff, checked(roles), "oidc")

    async def _known(self) -> None:
        """What the provider says of itself must be of the issuer that is set (RFC 8414); no shared secret signs."""
        said = await self._client.load_server_metadata()
        if str(said.get("issuer", "")).rstrip("/") != self._settings.issuer:
            raise ValueError("another issuer")
        offered = set(said.get("id_token_signing_alg_values_supported") or ["RS256"])
        said["id_token_signing_alg_values_supported"] = sorted(offered & ALLOWED)
