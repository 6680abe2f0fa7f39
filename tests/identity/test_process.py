"""A center where staff sign in, as it runs: commands are of who is signed in, and of nobody else."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from deploy.auditing.book import book
from deploy.keys import CONSOLE, issuer
from deploy.processes import until
from deploy.sites.making import make_center
from deploy.supervisor import Site
from shared.actors import HEADER
from shared.bus import ONCE
from tests.identity.idp import CLIENT, Idp, running
from tests.identity.test_accounts import CENTER, NEW
from tests.identity.totp import code_of

pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.timeout(180)]


class Person:
    """Somebody at the site's machine, with an account of the machine's of their own."""

    def __init__(self, folder, name):
        own = {"DOORSTEP_VAR": str(folder / "var"), "XDG_STATE_HOME": str(folder / name), "BROWSER": "true"}
        self.env = os.environ | own | {"DOORSTEP_LANG": "en"}
        self.env.pop("DOORSTEP_AS", None)

    def says(self, *words, typed="", code=0):
        command = [sys.executable, "-m", "deploy.cli", *words]
        done = subprocess.run(
            command, env=self.env, input=typed, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def takes_leave(self, whose, *more, code=0):
        return self.says("tell", "scheduling", "change_availability", f"case={whose}", "kind=leave", "first=2027-03-01",
                         "last=2027-03-02", *more, code=code)  # fmt: skip


@pytest.fixture
def site(tmp_path):
    folder = make_center(tmp_path / "var" / "live", CENTER, listen="127.0.0.1:0", sign_in="127.0.0.1:0")
    with running(Idp()) as idp:
        roles = '"doors-clerks" = "clerk"\n"doors-auditors" = "auditor"\n"doors-dispatch" = "dispatcher"'
        settings = f'[oidc]\nissuer = "{idp.issuer}"\nclient = "{CLIENT}"\n[oidc.roles]\n{roles}\n'
        (folder / "sign-in.toml").write_text(settings, "utf-8")
        with Site(folder, CENTER) as site:
            assert until((folder / "health" / "sign-in").exists, 20)
            yield site, idp


def noted(folder, kind):
    with book(folder) as of_site:
        return [look["data"] for look in of_site.looks() if look["type"] == kind]


def by_browser(person, url):
    """What the browser does that `doorstep sign-in` opens; it knows the page and the provider, and its own cookies."""
    signing = subprocess.Popen([sys.executable, "-m", "deploy.cli", "sign-in", "--browser"], env=person.env,
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    opened = signing.stdout.readline().split()[-1]
    assert opened.startswith(url)
    with httpx2.Client(follow_redirects=True) as browser:
        page = browser.get(opened)
        assert "/oidc" in page.text
        done = browser.get(f"{url}/oidc", params=dict(parse_qsl(urlsplit(opened).query)))
    assert "go back to the terminal" in done.text
    said, _ = signing.communicate(timeout=30)
    assert signing.returncode == 0, said
    return said


async def in_anothers_name(site, actor):
    """What somebody can do who holds the key of the machine's console."""
    role, _, name = actor.partition(":")
    token = issuer(site.folder, CONSOLE, CENTER).token(name, [role], how="console")
    body = {"id": "x1", "case": "F05", "actor": actor, "kind": "leave", "first": "2027-03-01", "last": "2027-03-02"}
    connection = await site.bus(CONSOLE).connect(**ONCE)
    try:
        subject = f"ask.{CENTER}.scheduling.change_availability"
        reply = await connection.request(subject, json.dumps(body).encode(), timeout=5, headers={HEADER: token})
    finally:
        await connection.close()
    return json.loads(reply.data)


def test_commands_are_of_who_is_signed_in_and_of_nobody_else(site, tmp_path):
    site, idp = site
    url = (site.folder / "health" / "sign-in").read_text()
    clerk, other = Person(tmp_path, "one"), Person(tmp_path, "two")
    assert "Nobody is signed in as clerk:F01" in clerk.takes_leave("F05", code=3)

    handed = json.loads(clerk.says("accounts", "open", "F01", "--role", "clerk", "--json"))
    code = code_of(handed["secret"])
    typed = "\n".join([handed["password"], code, NEW, code]) + "\n"
    assert "Signed in: F01" in clerk.says("sign-in", "--staff", "F01", typed=typed)
    clerk.takes_leave("F05")
    assert "Nobody is signed in as chief:C01" in clerk.takes_leave("F06", "--as", "chief:C01", code=3)
    assert "does not answer" not in clerk.says("watch", "--once"), "who looks at the site needs no name"
    chiefs = ("tell", "scheduling", "lift_avoidance", "case=F05", f"person_ref={'a' * 32}", "--as", "clerk:F01")
    assert "has no right" in clerk.says(*chiefs, code=1)

    forged = asyncio.run(in_anothers_name(site, "clerk:F99"))
    assert (forged["accepted"], forged["why"]) == (False, "token_not_authentic")

    assert "Signed in: F07 (reception clerk)" in by_browser(other, url)
    other.takes_leave("F06")
    idp.person = {"preferred_username": "F08", "groups": []}

    clerk.says("accounts", "close", "F01")
    assert "Nobody is signed in as clerk:F01" in clerk.takes_leave("F05", "--as", "clerk:F01", code=3)
    other.says("sign-out")
    assert "Nobody is signed in" in other.takes_leave("F06", code=3)

    with closing(sqlite3.connect(site.folder / "scheduling.sqlite")) as db:
        facts = [json.loads(row[0]) for row in db.execute("SELECT state FROM stored_events")]
    actors = {fact["actor"] for fact in facts if fact["actor"].startswith("clerk:")}
    assert actors == {"clerk:F01", "clerk:F07"}

    assert until(lambda: len(noted(site.folder, "signed_in.v1")) == 2, 30)
    assert until(lambda: len(noted(site.folder, "account_changed.v1")) == 2, 30)
    assert [(each["staff"], each["how"]) for each in noted(site.folder, "signed_in.v1")] == [
        ("F01", "password"), ("F07", "oidc")]  # fmt: skip
    assert [each["change"] for each in noted(site.folder, "account_changed.v1")] == ["opened", "closed"]
    for path in site.folder.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert not [secret for secret in (NEW, handed["password"], handed["secret"]) if secret.encode() in held], (
                path
            )


def test_sign_ins_are_kept_for_the_audit_while_it_is_away(site, tmp_path):
    site, _ = site
    clerk = Person(tmp_path, "one")
    handed = json.loads(clerk.says("accounts", "open", "F01", "--role", "clerk", "--json"))
    os.kill(site.pids["audit"], signal.SIGSTOP)
    try:
        code = code_of(handed["secret"])
        clerk.says("sign-in", "--staff", "F01", typed="\n".join([handed["password"], code, NEW, code]) + "\n")
        clerk.takes_leave("F05")
    finally:
        os.kill(site.pids["audit"], signal.SIGCONT)
    assert until(lambda: {each["staff"] for each in noted(site.folder, "signed_in.v1")} == {"F01"}, 40)
