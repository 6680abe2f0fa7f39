"""What a hub sends down: looked at first, used by the center's services, line or no line; the bad is refused."""

import asyncio
import json
import shutil
import sys
import time
from pathlib import Path

import pytest
from nats.js.errors import Error as JetStreamError

from deploy.auditing.book import book
from deploy.care.at_rest import reference
from deploy.cli import main
from deploy.keys import ADMIN
from deploy.reference.checking import wrong_in
from deploy.reference.documents import ALL, DIGEST, Document, digest_of, found_in, subject_of
from deploy.reference.layers import in_use
from deploy.reference.taking import take, taken
from services.audit.events import ReferencePublished
from shared.contracts import intake
from shared.own_rules import NotOwn
from shared.rules import load_rules
from tests.faults.cities import city
from tests.faults.trial import CENTER, people

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy/centers/620105"
NEW_MATTER = """
[[matters]]
code = "MT-TRIAL"
name = "新增事项"
kind = "instant"
"""


def changed(folder, name, before, after):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (SAMPLE / name).read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    return path


def document(name, text, audience=ALL, digest=None):
    body = text.encode()
    return {name: Document(name, audience, 1, digest or digest_of(body), "supervisor:x", "2026-03-02", body)}


def test_the_sample_s_own_documents_are_well():
    assert [wrong for name, path in found_in([SAMPLE]).items() for wrong in wrong_in(name, path.read_bytes())] == []
    assert "staff.toml" not in found_in([SAMPLE])


@pytest.mark.parametrize(
    ("name", "before", "after", "key", "why"),
    [
        ("rules/intake.toml", 'unit = "minutes"', 'unit = "fortnights"', "limits.T01.unit", "Input should be"),
        ("rules/intake.toml", "value = 15", "valeu = 15", "limits.T01.valeu", "unknown"),
        ("rules/intake.toml", 'grade = "I"', 'grade = "Z"', "limits.T01.grade", "Input should be"),
        ("rules/intake.toml", "[limits.T01]", "[limit.T01]", "limit", "unknown"),
        ("calendar.toml", 'source = "国务院', 'sauce = "国务院', "override.0.source", "missing"),
        ("calendar.toml", "working = false", "working = 0", "override.0.working", "Input should be"),
        ("calendar.toml", "version =", "vershun =", "version", "missing"),
        ("matters.toml", "[[matters]]", "[[matters", "", "line"),
        ("language.toml", "version =", "vershun =", "version", "missing"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(name, before, after, key, why):
    text = (SAMPLE / name).read_text("utf-8")
    assert before in text
    wrong = wrong_in(name, text.replace(before, after, 1).encode())
    assert (name, key) in {(each.file, each.key) for each in wrong}
    assert any(why in each.why for each in wrong)


@pytest.mark.parametrize("name", ["staff.toml", "own.toml", "rules/../../keys/x.toml", "site.toml", "rules/a.txt"])
def test_nothing_else_is_written_at_a_center(name):
    assert wrong_in(name, b'version = "1"\n')


def test_a_center_s_own_stands_above_what_the_hub_sent_and_that_above_what_it_began_with(tmp_path):
    site, base = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    shutil.copytree(SAMPLE, base)
    (base / "own.toml").write_text('[limits.T02]\nvalue = 4\nsource = "center"\n', "utf-8")
    text = (SAMPLE / "rules/intake.toml").read_text("utf-8")
    for limit, before, after in (("T02", 1, 2), ("T03", 2, 3)):
        text = text.replace(f"[limits.{limit}]\nvalue = {before}", f"[limits.{limit}]\nvalue = {after}")
    begun = load_rules(take(site, base, {}) and in_use(site))
    now = take(site, base, document("rules/intake.toml", text))
    rules = load_rules(in_use(site))
    assert now.refused == ()
    assert (begun.limits["T02"].value, begun.limits["T03"].value) == (4, 2)
    assert (rules.limits["T02"].value, rules.limits["T03"].value) == (4, 3)
    assert rules.limits["T02"].source == "center"
    assert len({load_rules(SAMPLE).version, begun.version, rules.version}) == 3, "no version names two rule sets"
    assert rules.version.startswith(load_rules(SAMPLE).version)


@pytest.mark.parametrize(
    "said",
    ["[limits.T02]\nvalue = 4\n", '[limits."T04.statutory"]\nvalue = 9\nsource = "x"\n', "[limits.T99]\nvalue = 1\n",
     '[limits.T02]\nvalue = 4\ngrade = "A"\nsource = "x"\n', '[limits.T02]\nvalu = 4\nsource = "x"\n',
     "[roles]\nback_dating = []\n"],
)  # fmt: skip
def test_a_center_cannot_decide_what_is_not_its_own(tmp_path, said):
    shutil.copytree(SAMPLE, tmp_path / "data")
    (tmp_path / "data" / "own.toml").write_text(said, "utf-8")
    with pytest.raises(NotOwn):
        load_rules(tmp_path / "data")


def test_what_cannot_be_used_leaves_what_was_in_use(tmp_path):
    take(tmp_path, SAMPLE, document("matters.toml", (SAMPLE / "matters.toml").read_text("utf-8") + NEW_MATTER))
    before = in_use(tmp_path).resolve()
    calendar = (SAMPLE / "calendar.toml").read_text("utf-8")
    common = (SAMPLE / "rules/common.toml").read_text("utf-8")
    bad = {
        "digest": document("matters.toml", "matters = []", digest="0" * 64),
        "version_again": document("calendar.toml", calendar.replace("2020-01-31", "2020-02-03")),
        "says twice": document("rules/visits.toml", common.replace('version = "620105-2026-03"', "")),
        "missing": document("rules/intake.toml", "[limits.T01]\nvalue = 3\n"),
    }
    for why, came in bad.items():
        now = take(tmp_path, SAMPLE, came)
        assert any(why in each.why for each in now.refused), (why, now.refused)
        assert in_use(tmp_path).resolve() == before
        assert [found.state for found in reference(tmp_path)] == ["bad", "good"]
    assert take(tmp_path, SAMPLE, {}).refused == ()
    (in_use(tmp_path) / "matters.toml").write_text("# by hand\n", "utf-8")
    assert [found.state for found in reference(tmp_path)] == ["good", "bad"]


async def doorstep(*words):
    """Exit code, and what it said."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "deploy.cli", *words, cwd=ROOT,
                                                   stdout=asyncio.subprocess.PIPE)  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def send_raw(hub, subject, body, digest):
    connection = await hub.bus(ADMIN).connect()
    try:
        await connection.jetstream().publish(subject, body, headers={DIGEST: digest, "Revision": "9"})
    finally:
        await connection.close()


async def until(fulfilled, seconds=40.0):
    ends = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < ends, "not in time"
        await asyncio.sleep(0.2)


@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(240)
async def test_a_cut_off_center_decides_by_what_the_hub_sent(tmp_path, capsys):
    """Real processes: a matter that is new, a time limit that is longer, a day that became a holiday."""
    out = tmp_path / "out"
    changed(out, "matters.toml", "[[matters]]", f"{NEW_MATTER}\n[[matters]]")
    changed(out, "rules/intake.toml", "[limits.T02]\nvalue = 1", "[limits.T02]\nvalue = 7")

    async def publish(*words):
        return await doorstep("reference", "publish", *words, "--folder", str(tmp_path / "hub"))

    async with city(tmp_path, [CENTER], services=["vault", "intake"], at_hub=["audit"]) as there:
        site = there.centers[CENTER]
        async with people(site, tmp_path, 1) as outside:

            async def registered(matter):
                person = await outside._sealed()
                register = f"{CENTER}-{outside._today():%Y%m%d}"
                return await outside.tell("intake", intake.RegisterRequest, "clerk:F01", register, channel="phone",
                                          scope="A3", matter=matter, applicant=person, consent=True)  # fmt: skip

            async def clock(answer, name):
                facts = await outside.ask("intake", "case_history", case=answer.case)
                return next((fact["rules"], fact["data"]) for fact in facts if fact["data"].get("clock") == name)

            before = await registered("MT-HUKOU")
            assert not (await registered("MT-TRIAL")).accepted
            old_rules, old_clock = await clock(before, "T02")
            bad = changed(tmp_path / "bad", "rules/intake.toml", "value = 15", "valeu = 15")
            code, said = await publish(str(bad))
            assert (code, "limits.T01.valeu" in said, "没有这一栏" in said) == (1, True, True)
            assert (await publish(str(out), "--center", "620199"))[0] == 2
            assert (await publish(str(out)))[0] == 0
            await until(lambda: (now := taken(site.folder)) and len(now.documents) == 2)
            code, said = await publish(str(out))
            assert (code, "无须下发" in said) == (0, True)
            await send_raw(there.hub, subject_of(CENTER, "matters.toml"), b"matters = []", "0" * 64)
            await send_raw(there.hub, subject_of(ALL, "language.toml"), b"not TOML", digest_of(b"not TOML"))
            await until(lambda: {each.file for each in taken(site.folder).refused} == {"matters.toml", "language.toml"})
            there.link.cut()
            for name in ("vault", "intake", "nats"):
                site.kill(name)
            answer = await registered("MT-TRIAL")
            assert answer.accepted, answer
            rules, lasts = await clock(answer, "T02")
            assert rules == taken(site.folder).version == load_rules(in_use(site.folder)).version != old_rules
            assert lasts["due_at"] > old_clock["due_at"]
    with book(tmp_path / "hub") as kept:
        sent = [look["data"] for look in kept.looks() if look["type"] == ReferencePublished.type]
    assert [[each["name"] for each in one["documents"]] for one in sent] == [["matters.toml", "rules/intake.toml"]]
    assert sent[0]["documents"][0]["digest"] == digest_of((out / "matters.toml").read_bytes())
    assert main(["reference", "show", "--folder", str(site.folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {each["name"]: each["revision"] for each in said["documents"]} == {"matters.toml": 1, "rules/intake.toml": 1}


@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(120)
async def test_a_calendar_sent_down_has_running_clocks_counted_again(tmp_path):
    async with city(tmp_path, [CENTER], services=["vault", "intake"]) as there:
        site = there.centers[CENTER]
        async with people(site, tmp_path, 1) as outside:
            person = await outside._sealed()
            day = outside._today()
            answer = await outside.tell("intake", intake.RegisterRequest, "clerk:F01", f"{CENTER}-{day:%Y%m%d}",
                                        channel="phone", scope="A3", matter="MT-HUKOU", applicant=person,
                                        consent=True)  # fmt: skip

            async def clock(kind):
                facts = await outside.ask("intake", "case_history", case=answer.case)
                return [fact["data"] for fact in facts if fact["type"] == kind and fact["data"]["clock"] == "T03"]

            (start,) = await clock("deadline_set.v1")
            due = start["due_at"][:10]
            text = (SAMPLE / "calendar.toml").read_text("utf-8").replace("620105-2026.1", "620105-2026.2")
            text += f'\n[[override]]\nday = {due}\nworking = false\nsource = "a notice"\n'
            (tmp_path / "calendar.toml").write_text(text, "utf-8")
            code, said = await doorstep("reference", "publish", str(tmp_path / "calendar.toml"), "--center", CENTER,
                                        "--folder", str(tmp_path / "hub"))  # fmt: skip
            assert code == 0, said
            async with asyncio.timeout(60):
                while not (again := await clock("deadline_recomputed.v1")):
                    await asyncio.sleep(0.5)
            assert again[0]["calendar"] == "620105-2026.2"
            assert again[0]["was_due_at"] == start["due_at"] < again[0]["due_at"]


@pytest.mark.long
async def test_only_the_hub_sends(tmp_path):
    async with city(tmp_path, [CENTER], services=[]) as there:
        connection = await there.centers[CENTER].bus(ADMIN).connect()
        try:
            with pytest.raises((JetStreamError, asyncio.TimeoutError, OSError)):
                await connection.jetstream().publish("reference.all.matters", b"x", timeout=2)
        finally:
            await connection.close()
        code, _ = await doorstep("reference", "publish", str(SAMPLE), "--folder", str(there.centers[CENTER].folder))
        assert code == 2
