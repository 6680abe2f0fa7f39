"""`doorstep audit sample`: a draw that others can repeat, recorded before it is shown, and read back."""

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from deploy import cli
from deploy.auditing.again import again, case_of
from deploy.auditing.book import book
from deploy.auditing.commands.sample import said_of
from deploy.auditing.population import KEYS, BadCondition, Where
from deploy.auditing.sampling import digest, draw, drawn, rank
from services.audit.ledger import Ledger
from shared.transparency.tree import DEFAULT

NUMBERS = [f"SMFW-620105-20260302-{n:04}-K" for n in range(1, 101)]
CASE = NUMBERS[0]
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_the_order_is_that_of_sha_256_as_anybody_computes_it():
    """By `printf '%s\\n%s' 20260331 SMFW-620105-20260302-0004-2 | sha256sum`."""
    said = "065ab14c3332862d775c2d3e20b288b86fbbeb54840cf2c519d5aa47bd85632e"
    assert rank("20260331", "SMFW-620105-20260302-0004-2") == said


def test_the_digest_is_that_of_a_file_of_the_sorted_numbers():
    """By `printf 'A\\nB\\n' | sha256sum`."""
    assert (
        digest(["B", "A"]) == digest(["A", "B"]) == "daee1cd25194ae952d046ad9b9c81d3c07dc5332440b58d6d7461b248be56712"
    )


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_population():
    assert draw(NUMBERS, "s", 10) == draw(reversed(NUMBERS), "s", 10)


def test_another_seed_draws_others():
    assert draw(NUMBERS, "s", 10) != draw(NUMBERS, "t", 10)


def test_a_larger_sample_holds_the_smaller_one():
    assert draw(NUMBERS, "s", 20)[:10] == draw(NUMBERS, "s", 10)


def test_every_case_is_about_as_likely_to_be_drawn_as_another():
    times = dict.fromkeys(NUMBERS, 0)
    for seed in range(1000):
        for number in draw(NUMBERS, str(seed), 10):
            times[number] += 1
    assert all(60 < each < 145 for each in times.values())  # 100 expected, deviation 9.5


def test_of_fewer_cases_than_asked_for_all_are_drawn():
    assert sorted(draw(NUMBERS, "s", 1000)) == NUMBERS


def fact(kind, number=CASE, days=0, **data):
    at = (AT + timedelta(days=days)).isoformat()
    return {
        "type": f"{kind}.v1", "case": number, "time": at, "recordedat": at, "timing": "exact", "source": "/620105/x",
        "subject": f"x/{number}", "id": f"/620105/x/{kind}/{days}", "data": data,
    }  # fmt: skip


def registered(number=CASE, days=0, **data):
    said = {"scope": "A1", "matter": "MT-PROPERTY", "channel": "window", "age_band": "80_plus"}
    return fact("request_registered", number, days, **said | data)


def holds(where, *facts):
    return bool(Where.parse(where).of([case_of(CASE, [registered(), *facts])]))


TEAM = fact("team_assigned", lead="A01", members=["B02"])
STOOD_IN = fact("team_member_replaced", staff=["A01", "C03"])
RATED = fact("evaluation_submitted", level=2)
LATE = [fact("deadline_set", clock="T18"), fact("deadline_met", clock="T18", late=True)]


@pytest.mark.parametrize(("where", "facts", "held"), [
    ("scope=A1", [], True), ("scope=A2", [], False), ("scope!=A2", [], True),
    ("matter=MT-PROPERTY,channel=window", [], True), ("matter=MT-PROPERTY,channel=phone", [], False),
    ("kind=promise", [], True), ("kind=instant", [], False), ("age=80_plus", [], True),
    ("outcome=open", [], True), ("outcome=withdrawn", [fact("request_withdrawn")], True),
    ("staff=B02", [TEAM], True), ("staff=C03", [TEAM, STOOD_IN], True), ("staff=C03", [TEAM], False),
    ("breached=T18", LATE, True), ("breached=T19", LATE, False), ("breaches>=1", LATE, True),
    ("breached=no", LATE, False), ("breached=no", [], True),
    ("deviated=V-02", [fact("rule_deviated", rule="V-02")], True), ("deviated=yes", [], False),
    ("complained=yes", [fact("complaint_received", category="CT06")], True), ("complained=no", [], True),
    ("rated<=2", [RATED], True), ("rated<2", [RATED], False), ("rated>=3", [RATED], False),
    ("rated<=2", [RATED, fact("evaluation_supplemented", level=5)], False),
    ("rated<=2", [], False), ("rated!=2", [], True),
    ("visits>1", [fact("team_arrived"), fact("team_arrived")], True), ("visits=0", [], True),
    ("period=2026-03", [], True), ("period=2026-04", [], False), ("period=2026-03-01..2026-03-02", [], True),
])  # fmt: skip
def test_a_condition_holds_by_what_the_facts_say(where, facts, held):
    assert holds(where, *facts) is held


@pytest.mark.parametrize(("where", "why"), [
    ("colour=red", "no_key"), ("scope", "no_condition"), ("scope<A2", "no_order"), ("rated<=good", "no_number"),
    ("period=someday", "no_period"), ("period!=2026-03", "no_period"), ("__import__('os')=1", "no_condition"),
    ("scope=A1 or 1=1", "no_condition"),
])  # fmt: skip
def test_what_is_no_condition_is_refused(where, why):
    with pytest.raises(BadCondition) as refused:
        Where.parse(where)
    assert refused.value.why == why


def test_the_same_conditions_are_the_same_text_however_they_were_typed():
    assert str(Where.parse(" rated<=2, scope=A1 ,scope=A1")) == str(Where.parse("scope=A1,rated <= 2")) != ""


def test_who_was_not_registered_yet_was_in_no_population():
    assert Where.parse("").of([case_of(CASE, [TEAM])]) == []


def recorded_draw(population, *, days=5, seed="s", size=2, where="", **changed):
    """As the audit's log holds it, made from what was known on that day."""
    then = [case_of(number, facts) for number, facts in population.items()]
    made = drawn(Where.parse(where).of(then), seed, size, where)._asdict() | changed
    return fact("sample_drawn", "620105", days, **made)


POPULATION = {number: [registered(number)] for number in NUMBERS[:5]}


def test_a_draw_read_back_is_drawn_again_from_what_was_known_then():
    record = recorded_draw(POPULATION)
    seen = again(record, POPULATION | {NUMBERS[7]: [registered(NUMBERS[7], days=9)]})
    assert (seen.same_population, seen.same_cases, seen.changed_since) == (True, True, True)
    assert (seen.come, seen.gone) == ((NUMBERS[7],), ())
    assert [key for key, _ in said_of(seen)] == ["then_same", "now_changed"]


def test_a_case_that_no_longer_meets_the_condition_is_gone_from_the_population():
    record = recorded_draw(POPULATION, where="outcome=open")
    later = POPULATION | {CASE: [registered(), fact("request_withdrawn", days=9)]}
    assert again(record, later).gone == (CASE,)


def test_an_unchanged_population_is_said_to_be_so():
    seen = again(recorded_draw(POPULATION), POPULATION)
    assert not seen.changed_since
    assert [key for key, _ in said_of(seen)] == ["then_same", "now_same"]


def test_cases_that_the_seed_does_not_draw_are_found():
    others = tuple(sorted(POPULATION))[:2]
    assert draw(POPULATION, "t", 2) != list(others)
    seen = again(recorded_draw(POPULATION, seed="t", cases=others), POPULATION)
    assert (seen.same_population, seen.same_cases) == (True, False)


def test_a_population_that_was_not_that_then_confirms_nothing():
    seen = again(recorded_draw(POPULATION), {number: POPULATION[number] for number in NUMBERS[:4]})
    assert not seen.same_population
    assert [key for key, _ in said_of(seen)] == ["then_other"]


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sampled") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


def sample(site, capsys, *more):
    code = cli.main(["audit", "sample", "--folder", str(site), *more])
    return code, capsys.readouterr().out


def looks(site):
    with book(site) as of_site:
        return of_site.looks()


@pytest.mark.nats
@pytest.mark.timeout(180)
class TestMonth:
    def test_what_is_shown_is_what_was_recorded_and_what_the_hashes_say(self, site, capsys):
        code, out = sample(site, capsys, "25", "--seed", "S", "--where", "scope=A1", "--period", "2026-03", "--json")
        assert code == 0
        shown, noted = json.loads(out), looks(site)[-1]
        assert noted["id"] == shown["record"]
        assert noted["data"] == {key: shown[key] for key in noted["data"]}
        assert noted["data"]["where"] == "period=2026-03,scope=A1"
        with book(site) as of_site:
            ours = {each["case"] for each in of_site.facts(["intake"])
                    if each["type"] == "request_registered.v1" and each["data"]["scope"] == "A1"}  # fmt: skip
        assert shown["population"] == len(ours)
        by_hand = sorted(ours, key=lambda number: hashlib.sha256(b"S\n" + number.encode()).digest())
        assert shown["cases"] == by_hand[:25]

    def test_the_same_seed_draws_the_same_again_and_each_draw_is_recorded(self, site, capsys):
        before = len(looks(site))
        first, second = (json.loads(sample(site, capsys, "5", "--seed", "x", "--json")[1]) for _ in range(2))
        assert first["cases"] == second["cases"]
        assert first["record"] != second["record"]
        assert len(looks(site)) == before + 2

    def test_what_cannot_be_noted_is_not_shown(self, site, capsys):
        code, out = sample(site, capsys, "5", "--seed", "x", "--as", "clerk:F01")
        assert code == 2
        assert "SMFW-" not in out

    def test_an_unknown_key_is_answered_with_those_that_there_are(self, site, capsys):
        code, out = sample(site, capsys, "5", "--seed", "x", "--where", "colour=red")
        assert code == 2
        assert all(key in out for key in KEYS)

    def test_where_nothing_meets_the_condition_the_codes_that_occur_are_told(self, site, capsys):
        code, out = sample(site, capsys, "5", "--seed", "x", "--where", "staff=Z99")
        assert code == 3
        assert "staff=A01" in out

    def test_a_draw_is_read_back_and_a_changed_population_is_told(self, site, capsys, tmp_path):
        copy = tmp_path / "site"
        shutil.copytree(site, copy)
        assert sample(copy, capsys, "5", "--seed", "x")[0] == 0
        code, out = sample(copy, capsys, "--again")
        assert (code, "总体此后没有变化" in out) == (0, True)
        later(copy)
        code, out = sample(copy, capsys, "--again", "--json")
        seen = json.loads(out)
        assert code == 0
        assert (seen["same_population"], seen["changed_since"], len(seen["come"])) == (True, True, 1)


def later(folder):
    """One more request reaches the ledger, after the draw."""
    ledger = Ledger(folder / "audit.sqlite")
    log = next(log for log in ledger.logs() if log.service == "intake")
    documents = (json.loads(document) for _, document, _ in log.rows())
    one = next(document for document in documents if document["type"] == "request_registered.v1")
    number = "SMFW-620105-20260401-0001-9"
    now = datetime.now(UTC).isoformat()
    text = json.dumps(one | {"recordedat": now}).replace(one["case"], number)
    log.add(log.tree(DEFAULT), [text.encode()])
    ledger.close()


@pytest.mark.nats
@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_screen(site, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out = sample(site, capsys, "25", "--seed", "x", "--where", "outcome!=withdrawn")
    assert max(map(cell_len, out.splitlines())) <= width
