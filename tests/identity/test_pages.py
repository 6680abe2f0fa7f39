"""Signing in as a browser does: at the city's provider with all that may be forged there, or at the page itself."""

import secrets
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.identity.app import SignIn
from services.identity.provider import Oidc, Provider, Settings
from services.identity.sessions import challenge_of
from shared.actors import Trust, voucher
from shared.bus import Bus
from tests.identity.idp import CLIENT, Idp, running
from tests.identity.test_accounts import CENTER, NEW, Here
from tests.servers import free_port

URL = "http://127.0.0.1:8443"
FROM_PAGE = {"Origin": URL}
ROLES = {"doors-clerks": "clerk", "doors-auditors": "auditor"}


@pytest.fixture
def idp():
    with running(Idp()) as idp:
        yield idp


@asynccontextmanager
async def browser(here, oidc=None, secret=None, url=URL):
    provider = Provider(oidc, secret) if oidc else None
    bus = Bus("nats://127.0.0.1:1", "identity")
    service = SignIn(here.desk, center=CENTER, url=url, cookie_secret="s" * 32, bus=bus, token=str, provider=provider)
    transport = httpx2.ASGITransport(app=service.web)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
            yield client
    finally:
        await service.close()


@pytest.fixture
def here(tmp_path):
    here = Here(tmp_path)
    yield here
    here.table.close()


def oidc(idp, **more):
    return Oidc.model_validate({"issuer": idp.issuer, "client": CLIENT, "roles": ROLES} | more)


async def through(client, start="/oidc"):
    """To the provider and back, as a browser goes: what comes of it."""
    away = await client.get(start)
    if away.status_code != 302:
        return away
    async with httpx2.AsyncClient() as there:
        back = (await there.get(away.headers["location"])).headers["location"]
    return await client.get(back)


async def test_staff_come_in_by_the_citys_provider_and_get_a_token(here, idp):
    async with browser(here, oidc(idp)) as client:
        came = await through(client)
        assert (came.status_code, came.headers["location"]) == (303, "/")
        assert "F07" in (await client.get("/")).text
        token = (await client.post("/token", headers=FROM_PAGE)).json()
    asked = idp.asked[0]
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (
        "code",
        "S256",
        "openid profile",
    )
    assert len(asked["nonce"]) >= 16
    assert asked["redirect_uri"] == f"{URL}/oidc/back"
    speaker = Trust(CENTER, [voucher(here.issuer.kid, ["clerk:*"])], now=here.clock).speaker(token["token"])
    assert (speaker.id, speaker.roles, speaker.how) == ("F07", {"clerk"}, "oidc")


FORGED = {
    "another issuer": {"iss": "https://elsewhere.example"}, "another client's": {"aud": "another"},
    "over since long": {"exp": 1}, "another nonce": {"nonce": "x"},
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
async def test_an_answer_that_is_not_for_us_is_not_believed(here, idp, forged):
    idp.wrong = FORGED[forged]
    await refused(here, idp, "无法核实")


async def test_nor_one_that_another_key_signed(here, idp):
    idp.signs_with = rsa.generate_private_key(65537, 2048)
    await refused(here, idp, "无法核实")


async def test_nor_a_provider_that_says_it_is_another(here, idp):
    idp.says_it_is = "https://elsewhere.example"
    await refused(here, idp, "暂时连不上")


async def test_nor_a_no(here, idp):
    idp.refuses = True
    await refused(here, idp, "无法核实")


@pytest.mark.parametrize(("person", "said"), [
    ({"preferred_username": "F07", "groups": ["others"]}, "没有对应的角色"),
    ({"preferred_username": "F07"}, "没有对应的角色"), ({"groups": ["doors-clerks"]}, "没有给出工号"),
    ({"preferred_username": "张三", "groups": ["doors-clerks"]}, "没有给出工号"),
    ({"preferred_username": "F07", "groups": ["doors-clerks", "doors-auditors"]}, "不能与其他角色"),
])  # fmt: skip
async def test_who_has_no_number_or_no_role_here_is_not_let_in(here, idp, person, said):
    idp.person = person
    await refused(here, idp, said)


async def refused(here, idp, said):
    async with browser(here, oidc(idp)) as client:
        came = await through(client)
        assert (came.status_code, said in came.text) == (403, True)
        assert (await client.post("/token", headers=FROM_PAGE)).status_code in {401, 403}
    assert not [each for each in here.notes() if "signed_in.v1" in each]


async def test_a_code_without_the_browser_that_asked_for_it_is_nothing(here, idp):
    async with browser(here, oidc(idp)) as asks, browser(here, oidc(idp)) as other:
        away = await asks.get("/oidc")
        async with httpx2.AsyncClient() as there:
            back = (await there.get(away.headers["location"])).headers["location"]
        assert (await other.get(back)).status_code == 403
        assert (await asks.get(back)).status_code == 303
        assert (await asks.get(back)).status_code == 403  # a second time


async def test_a_provider_that_is_away_leaves_the_centers_own_accounts(here):
    opened = here.opened()
    away = Oidc(issuer=f"http://127.0.0.1:{free_port()}", client=CLIENT, roles=ROLES)
    async with browser(here, away) as client:
        assert "暂时连不上" in (await client.get("/oidc")).text
        form = {"staff": "F01", "password": NEW, "code": here.code(opened)}
        assert (await client.post("/", data=form, headers=FROM_PAGE)).headers["location"] == "/"
        assert "本中心账号" in (await client.get("/")).text


async def test_the_page_lets_in_and_out_in_both_languages(here):
    opened = here.opened()
    async with browser(here) as client:
        page = await client.get("/")
        assert "工号" in page.text
        assert "统一身份认证登录" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "Staff number" in (await client.get("/?lang=en")).text
        asked = {"to": "40123", "challenge": "c" * 43}
        assert f"/?lang=zh&amp;to=40123&amp;challenge={'c' * 43}" in (await client.get("/", params=asked)).text
        wrong = await client.post("/", data={"staff": "F01", "password": "x", "code": "1"}, headers=FROM_PAGE)
        assert (wrong.status_code, "is wrong" in wrong.text, 'value="F01"' in wrong.text) == (403, True, True)
        form = {"staff": "F01", "password": NEW, "code": here.code(opened)}
        came = await client.post("/", data=form, headers=FROM_PAGE)
        cookie = came.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "clerk" in (await client.get("/")).text
        assert (await client.post("/sign-out", headers=FROM_PAGE)).status_code == 303
        assert "Staff number" in (await client.get("/")).text


async def test_what_another_site_makes_a_browser_send_does_not_count(here):
    opened = here.opened()
    async with browser(here) as client:
        form = {"staff": "F01", "password": NEW, "code": here.code(opened)}
        for elsewhere in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"},
                          {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):  # fmt: skip
            assert (await client.post("/", data=form, headers=elsewhere)).status_code == 403
        assert (await client.post("/", data=form, headers=FROM_PAGE)).status_code == 303
        assert (await client.post("/token")).status_code == 403  # a cookie, and nothing that says from where
        assert (await client.post("/token", headers={"Origin": "https://elsewhere.example"})).status_code == 403
        assert (await client.post("/token", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200


async def test_over_tls_a_cookie_is_bound_to_the_host(here):
    opened, url = here.opened(), "https://sign-in.example"
    async with browser(here, url=url) as client:
        form = {"staff": "F01", "password": NEW, "code": here.code(opened)}
        came = await client.post("/", data=form, headers={"Origin": url})
        assert "__Host-doorstep=" in came.headers["set-cookie"]
        assert "secure" in came.headers["set-cookie"].lower()


async def test_what_is_typed_into_the_page_is_text_and_nothing_else(here):
    async with browser(here) as client:
        form = {
            "staff": '"><script>alert(1)</script>',
            "password": "x",
            "code": "1",
            "to": "9999",
            "challenge": "'><b>",
        }
        page = (await client.post("/", data=form, headers=FROM_PAGE)).text
    assert "<script" not in page
    assert "<b>" not in page


async def test_a_tool_of_the_persons_gets_a_session_by_the_browser(here, idp):
    verifier = secrets.token_urlsafe(32)
    start = f"/oidc?to=40123&challenge={challenge_of(verifier)}"
    async with browser(here, oidc(idp)) as client, browser(here) as tool:
        came = urlsplit((await through(client, start)).headers["location"])
        assert (came.scheme, came.netloc) == ("http", "127.0.0.1:40123")
        handed = parse_qs(came.query)["handed"][0]
        said = (await tool.post("/session", json={"handed": handed, "verifier": verifier})).json()
        assert said["staff"] == "F07"
        token = await tool.post("/token", headers={"Authorization": f"Bearer {said['session']}"})
        assert token.json()["roles"] == ["clerk"]
        again = await tool.post("/session", json={"handed": handed, "verifier": verifier})
        assert again.json()["why"] == "handing_over_failed"


@pytest.mark.parametrize("to", ["evil.example", "80@evil.example", "0", "1234567", "8080/../"])
async def test_nobody_is_sent_anywhere_but_to_a_port_of_this_machine(here, to):
    opened = here.opened()
    async with browser(here) as client:
        form = {"staff": "F01", "password": NEW, "code": here.code(opened), "to": to, "challenge": "c" * 43}
        came = await client.post("/", data=form, headers=FROM_PAGE)
    assert came.headers["location"] == "/"


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b'{"staff": 1}', b"x" * 9000])
async def test_what_cannot_be_read_is_told_so(here, body):
    async with browser(here) as client:
        answer = await client.post("/session", content=body)
        assert answer.status_code == 403
        assert answer.json()["reason"]
        assert answer.json()["reason_en"]


@pytest.mark.parametrize("settings", [
    {"oidc": {"issuer": "http://id.example", "client": "x", "roles": {}}},
    {"oidc": {"issuer": "https://id.example", "client": "x", "roles": {"g": "system"}}},
    {"oidc": {"issuer": "https://id.example", "client": "x", "roles": {}, "secret": "no place for it"}},
    {"hours": 0}, {"unknown": 1},
])  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError):  # noqa: PT011  # pydantic's, whichever
        Settings.model_validate(settings)
