"""The sign-in, put together: pages for people, sessions and tokens for their tools, notes for the audit.

Nothing here waits for the line or for the bus: what the audit has not taken yet is kept, and handed over later.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.identity import page
from services.identity.desk import Desk
from services.identity.noting import Notes
from services.identity.provider import Provider
from services.identity.sessions import Person
from shared.actors import LONGEST
from shared.bus import Bus
from shared.decider import Refused
from shared.decisions import refusal
from shared.health import Asked
from shared.metrics import Now, Sample
from shared.parts import Parts
from shared.words import Language, sentence

IDENTITY = Parts("identity", (), (), asks=("audit.note",))
COOKIE, TOOL, LANGUAGE = "doorstep", ("to", "challenge"), "lang"
LONGEST_BODY = 8192  # bytes
PORT, CHALLENGE = re.compile(r"[1-9][0-9]{3,4}"), re.compile(r"[A-Za-z0-9_-]{43}")
T = TypeVar("T")


class SignIn:
    def __init__(
        self, desk: Desk, *, center: str, url: str, cookie_secret: str, bus: Bus,
        token: Callable[[], str], provider: Provider | None = None,
    ) -> None:  # fmt: skip
        """`url`: by which browsers find the page. `token`: by which the audit knows who notes."""
        self._desk, self._center, self._url = desk, center, url.rstrip("/")
        self._provider = provider
        self._secure = self._url.startswith("https://")
        self._thread = ThreadPoolExecutor(1, "identity")
        self._notes = Notes(desk, self._in_table, bus, token, center)
        self.note = self._notes.hand_over
        kept = Middleware(
            SessionMiddleware, secret_key=cookie_secret, session_cookie="doorstep-way", max_age=600, path="/",
            same_site="lax", https_only=self._secure,
        )  # fmt: skip
        self.web = Starlette(
            routes=[
                Route("/", self._page), Route("/", self._form, methods=["POST"]), Route("/oidc", self._to_provider),
                Route("/oidc/back", self._from_provider), Route("/session", self._session, methods=["POST"]),
                Route("/token", self._give_token, methods=["POST"]), Route("/sign-out", self._out, methods=["POST"]),
            ],
            middleware=[kept], exception_handlers={Refused: self._refused},
        )  # fmt: skip

    async def _in_table(self, what: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(what, *args))

    # --- pages

    async def _page(self, request: Request) -> Response:
        if request.query_params.get(LANGUAGE) in {"zh", "en"}:
            request.session[LANGUAGE] = request.query_params[LANGUAGE]
        tool = _tool(request.query_params)
        with suppress(Refused):
            person = await self._in_table(self._desk.of, request.cookies.get(self._cookie, ""))
            if tool:
                return await self._to_tool(person, tool)
            return self._html(page.signed_in(self._center, _language(request), person))
        return self._sign_in(request, tool)

    async def _form(self, request: Request) -> Response:
        form = dict(parse_qsl((await _body(request)).decode("utf-8", "replace")))
        tool, staff = _tool(form), form.get("staff", "").strip()
        try:
            self._from_here(request)
            person = await self._in_table(
                self._desk.by_password, staff, form.get("password", ""), form.get("code", "").replace(" ", ""),
                form.get("new", ""), _address(request),
            )  # fmt: skip
        except Refused as refused:
            change = refused.why in {"sign_in_change", "password_weak"}
            return self._sign_in(request, tool, refused, staff=staff, change=change)
        return await self._begun(person, tool)

    async def _to_provider(self, request: Request) -> Response:
        request.session["tool"] = tool = _tool(request.query_params)
        try:
            if not self._provider:
                raise Refused("SIGN_IN", "provider_none")
            return await self._provider.go(request, f"{self._url}/oidc/back")
        except Refused as refused:
            return self._sign_in(request, tool, refused)

    async def _from_provider(self, request: Request) -> Response:
        tool = request.session.pop("tool", {})
        try:
            if not self._provider:
                raise Refused("SIGN_IN", "provider_none")
            person = await self._provider.came_back(request)
        except Refused as refused:
            staff = refused.about.get("staff")
            await self._in_table(self._desk.refused_by_provider, staff, refused.why)
            return self._sign_in(request, tool, refused)
        try:
            person = await self._in_table(self._desk.by_provider, person)
        except Refused as refused:
            return self._sign_in(request, tool, refused)
        return await self._begun(person, tool)

    async def _out(self, request: Request) -> Response:
        self._from_here(request)
        await self._in_table(self._desk.end, self._secret(request))
        answer = RedirectResponse("/", 303) if _by_form(request) else Response(status_code=204)
        answer.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        return answer

    # --- what tools of people ask

    async def _session(self, request: Request) -> Response:
        """By number, password and code; or by what the browser handed over."""
        self._from_here(request)
        said = await _json(request)
        if "handed" in said:
            person, secret = await self._in_table(self._desk.taken_over, said["handed"], said.get("verifier", ""))
        else:
            person = await self._in_table(
                self._desk.by_password, said.get("staff", ""), said.get("password", ""), said.get("code", ""),
                said.get("new", ""), _address(request),
            )  # fmt: skip
            secret = await self._in_table(self._desk.begin, person)
        return JSONResponse({"session": secret, "staff": person.staff, "roles": person.roles}, headers=_NO_STORE)

    async def _give_token(self, request: Request) -> Response:
        self._from_here(request)
        signed = await self._in_table(self._desk.token, self._secret(request))
        person = signed.person
        told = {"token": signed.token, "seconds": LONGEST, "staff": person.staff, "roles": person.roles}
        return JSONResponse(told, headers=_NO_STORE)

    async def _refused(self, _request: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused)  # for nothing else is this the handler
        status = 401 if refused.why == "not_signed_in" else 429 if refused.why == "sign_in_too_often" else 403
        return Response(refusal(refused).model_dump_json(), status, _NO_STORE, "application/json")

    # --- what they have in common

    @property
    def _cookie(self) -> str:
        return f"__Host-{COOKIE}" if self._secure else COOKIE

    def _secret(self, request: Request) -> str:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        return secret if kind == "Bearer" else request.cookies.get(self._cookie, "")

    def _from_here(self, request: Request) -> None:
        """What a browser sends by itself, a cookie, counts only from a page of ours. Raises `Refused`."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        ours = urlsplit(self._url)
        if site == "same-origin" or (site is None and origin == f"{ours.scheme}://{ours.netloc}"):
            return
        if site is None and origin is None and not request.cookies:
            return  # no browser
        raise Refused("SIGN_IN", "sign_in_elsewhere")

    async def _begun(self, person: Person, tool: Mapping[str, str]) -> Response:
        secret = await self._in_table(self._desk.begin, person)
        answer = await self._to_tool(person, tool) if tool else RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, secret, path="/", secure=self._secure, httponly=True, samesite="lax")
        return answer

    async def _to_tool(self, person: Person, tool: Mapping[str, str]) -> Response:
        """To the program that asked, at this very machine and nowhere else."""
        code = await self._in_table(self._desk.hand_over, person, tool["challenge"])
        return RedirectResponse(f"http://127.0.0.1:{tool['to']}/?{urlencode({'handed': code})}", 303)

    def _sign_in(
        self, request: Request, tool: Mapping[str, str], refused: Refused | None = None, *, staff: str = "",
        change: bool = False,
    ) -> Response:  # fmt: skip
        language = _language(request)
        wrong = sentence("why", refused.why, refused.about, language) if refused else ""
        html = page.sign_in(
            self._center, language, provider=self._provider is not None, hidden=tool, staff=staff, wrong=wrong,
            change=change,
        )  # fmt: skip
        return self._html(html, 403 if refused else 200)

    @staticmethod
    def _html(html: str, status: int = 200) -> Response:
        return HTMLResponse(html, status, page.HEADERS)

    # --- beside the pages

    async def close(self) -> None:
        await self._notes.close()
        self._thread.shutdown()

    def asked(self, working: Callable[[], bool]) -> Asked:
        """Health. `working`: whether the pages are served."""
        registry, now = CollectorRegistry(), Now()
        registry.register(now)

        async def live() -> dict[str, str]:
            await self._in_table(self._desk.waiting)
            return {"loop": "", "table": ""}

        async def ready() -> dict[str, str]:
            return {"pages": "" if working() else "not served"}

        async def figures() -> bytes:
            waits = Sample("doorstep_identity_notes_waiting", "Sign-ins that the audit has not taken yet")
            waits(await self._in_table(self._desk.waiting))
            now.samples = [waits]
            return generate_latest(registry)

        return Asked(live, ready, figures)


_NO_STORE = {"Cache-Control": "no-store"}


def _tool(said: Mapping[str, str]) -> dict[str, str]:
    """What a program of the person's said of itself: its port on this machine, and the digest of its secret."""
    found = {name: said[name] for name in TOOL if said.get(name)}
    fits = len(found) == len(TOOL) and CHALLENGE.fullmatch(found["challenge"]) and PORT.fullmatch(found["to"])
    return found if fits else {}


def _language(request: Request) -> Language:
    return "en" if request.session.get(LANGUAGE) == "en" else "zh"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _by_form(request: Request) -> bool:
    return not request.headers.get("Authorization")


async def _body(request: Request) -> bytes:
    """Raises `Refused`: a sign-in is short."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Refused("SCHEMA", "bad_input", detail=f"> {LONGEST_BODY}")
    return body


async def _json(request: Request) -> dict[str, str]:
    """Raises `Refused`."""
    try:
        said = json.loads(await _body(request))
        return {str(name): value for name, value in said.items() if isinstance(value, str)}
    except (ValueError, AttributeError):
        raise Refused("SCHEMA", "bad_input", detail="JSON") from None
