"""An identity provider for tests: one person is always at its door; it signs what it is told to, right or wrong."""

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "doorstep-620105"


@dataclass
class Idp:
    """`person`: the claims that it gives. `wrong`: claims that it gives instead, in every token."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "F07", "groups": ["doors-clerks"]})
    wrong: dict[str, Any] = field(default_factory=dict)
    says_it_is: str = ""
    key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    signs_with: Any = None
    refuses: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/.well-known/openid-configuration", self._itself), Route("/keys", self._keys),
            Route("/authorize", self._authorize), Route("/token", self._token, methods=["POST"]),
        ])  # fmt: skip

    async def _itself(self, _request: Request) -> Response:
        of = self.issuer
        return JSONResponse({"issuer": self.says_it_is or of, "authorization_endpoint": f"{of}/authorize",
                             "token_endpoint": f"{of}/token", "jwks_uri": f"{of}/keys",
                             "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]})  # fmt: skip

    async def _keys(self, _request: Request) -> Response:
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [jwk | {"kid": "1", "use": "sig", "alg": "RS256"}]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        if self.refuses:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = f"code-{len(self.asked)}"
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        said = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(said.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.rstrip(b"=").decode():
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "x", "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        signed = jwt.encode(claims | self.person | self.wrong, self.signs_with or self.key, "RS256", {"kid": "1"})
        return JSONResponse({"access_token": "-", "token_type": "Bearer", "id_token": signed})


@contextmanager
def running(idp: Idp) -> Iterator[Idp]:
    """On a port of its own, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listens:
        idp.issuer = f"http://127.0.0.1:{listens.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(idp.app(), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield idp
        finally:
            server.should_exit = True
            thread.join(10)
