"""`doorstep sign-in`: commands given here are in your own name from then on.

Exit codes: 0 signed in, 1 refused, 2 not understood, 3 nobody to ask.
"""

import argparse
import secrets
import sys
import time
import webbrowser
from getpass import getpass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from deploy.commands import help_for, language, say
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.session import Session, SignInRefused, asked
from deploy.sites.settings import read
from services.identity.sessions import challenge_of
from shared.words import sentence, word

WAITS = 300.0  # seconds for somebody to sign in in the browser


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--staff", metavar="NUMBER", help=help_for("sign_in_staff"))
    parser.add_argument("--browser", action="store_true", help=help_for("sign_in_browser"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    url, ca = where(folder)
    try:
        said = _by_browser(url, ca) if args.browser else _by_password(url, ca, args.staff)
    except SignInRefused as refused:
        return told(refused)
    settings = read(folder)
    session = Session(
        settings.center if settings else "", url, said["session"], said["staff"], tuple(said["roles"]), ca
    )
    session.keep()
    say("signed_in", staff=session.staff, roles=[word("roles", role, language()) for role in session.roles])
    return 0


def where(folder: Path) -> tuple[str, str]:
    """Where the site's staff sign in, and the file of the authority that vouches for it ("": the machine's own)."""
    told, ca = folder / "health" / "sign-in", folder / "tls" / "ca.crt"
    if not told.exists():
        raise NoAnswer("no_sign_in", 3)
    url = told.read_text("utf-8")
    return url, str(ca) if url.startswith("https") and ca.exists() else ""


def told(refused: SignInRefused) -> int:
    away = refused.said.get("rule") == "UNAVAILABLE"
    if away:
        say("sign_in_away")
    else:
        reason = refused.said.get("reason" if language() == "zh" else "reason_en", "—")
        say("refused", rule=refused.said.get("rule", "—"), reason=reason)
    return 3 if away else 1


def _by_password(url: str, ca: str, staff: str | None) -> dict[str, Any]:
    body = {"staff": staff or _line("staff"), "password": _hidden("password"), "code": _line("code")}
    try:
        return asked(url, "/session", body, ca)
    except SignInRefused as refused:
        if refused.said.get("why") not in {"sign_in_change", "password_weak"}:
            raise
        told(refused)
    return asked(url, "/session", body | {"new": _hidden("new"), "code": _line("code")}, ca)


def _line(what: str) -> str:
    if sys.stdin.isatty():
        return input(f"{word('sign_in', what, language())}: ").strip()
    return sys.stdin.readline().strip()


def _hidden(what: str) -> str:
    return (
        getpass(f"{word('sign_in', what, language())}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )


def _by_browser(url: str, ca: str) -> dict[str, Any]:
    """The page in the browser brings a code to a port of this machine; it counts only beside what is known here."""
    verifier, handed = secrets.token_urlsafe(32), list[str]()

    class Taking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handed.extend(parse_qs(urlsplit(self.path).query).get("handed", []))
            page = sentence("sign_in", "back_to_terminal", {}, language())
            body = f'<!doctype html><meta charset="utf-8"><title>doorstep</title><p style="font-size:1.5em">{page}</p>'
            self.send_response(200 if handed else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode() if handed else b"")

        def log_message(self, *_: object) -> None:
            """The code is nobody else's to read."""

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        page = f"{url}/?{urlencode({'to': server.server_port, 'challenge': challenge_of(verifier)})}"
        say("sign_in_open", url=page)
        webbrowser.open(page)
        server.timeout, until = 1.0, time.monotonic() + WAITS
        while not handed and time.monotonic() < until:
            server.handle_request()
    if not handed:
        raise NoAnswer("sign_in_nobody_came", 1)
    return asked(url, "/session", {"handed": handed[0], "verifier": verifier}, ca)
