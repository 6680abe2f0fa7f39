"""`doorstep audit why`: decisions told again from their facts, and what the rules left open."""

import json
import shutil

import pytest
from rich.cells import cell_len

from deploy import cli
from deploy.auditing.alternatives import why
from deploy.auditing.book import book
from deploy.auditing.replay import Kept, Past, Taken, taken_in
from deploy.auditing.retold import Teller
from deploy.auditing.rulebook import versions
from tests.audit.live import CENTER, LET_PASS, STEPS, live_book
from tests.given import anning
from tests.intake.samples import NUMBER

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    folder = tmp_path_factory.mktemp("why") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def told(site):
    """Every decision of the month with the command that was found for it."""
    with book(site) as of_site:
        past = Past(of_site, whole=True)
        teller = Teller(past)
        return [
            (each, teller.command(each, anning())) for name, log in past.logs.items() for each in taken_in(name, log)
        ]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return live_book(tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def decisions(live):
    return why(live, NUMBER, versions(CENTER))


def others(decision, name, field=""):
    return [other for other in decision.alternatives if (other.command, other.field) == (name, field)]


def standing(decision, name, field=""):
    return [(other.standing, other.rule) for other in others(decision, name, field)]


def test_every_decision_of_the_month_is_reproduced_byte_for_byte(told, month):
    causes = {(fact["source"], fact["actor"], fact["causationid"]) for fact in month.facts}
    assert len(told) == len(causes) > 7000
    assert [each.types for each, command in told if command is None] == []


def test_a_fact_that_was_changed_is_not_reproduced(told, site):
    taken = next(each for each, _ in told if "request_accepted.v1" in each.types)
    changed = [_late(kept) if kept.document["type"] == "deadline_met.v1" else kept for kept in taken.facts]
    with book(site) as of_site:
        teller = Teller(Past(of_site))
        assert teller.command(taken, anning()) is not None
        assert teller.command(Taken(taken.service, tuple(changed)), anning()) is None


def _late(kept):
    raw = kept.raw.replace(b'"late":false', b'"late":true')
    assert raw != kept.raw
    return Kept(kept.position, raw, json.loads(raw))


def test_a_decision_is_told_again_under_no_other_rules(told, site):
    taken, command = next((each, found) for each, found in told if "request_registered.v1" in each.types)
    with book(site) as of_site:
        replay = Past(of_site).replays[taken.service]
        assert replay.exactly(command, taken, anning())
        assert not replay.exactly(command, taken, anning().without("T02"))


def test_a_live_case_is_told_again_with_who_let_what_pass(decisions):
    assert [type(each.command) for each in decisions] == [type(command) for _, command in STEPS]
    assert decisions[0].command.overrides == (LET_PASS,)
    assert [fact["data"]["rule"] for fact in decisions[0].deviations] == ["I-03"]


def test_what_was_open_is_open_and_what_a_rule_excludes_names_it(decisions):
    contacted = decisions[1]
    assert standing(contacted, "WithdrawRequest") == [("open", "")]
    assert others(contacted, "WithdrawRequest")[0].leads_to[0] == "request_withdrawn.v1"
    assert standing(contacted, "ConfirmInformation") == [("excluded", "R-07")]
    assert standing(contacted, "ExtendSupplement") == [("impossible", "state")]
    assert standing(decisions[2], "ExtendSupplement") == [("impossible", "state")]
    assert standing(decisions[3], "ExtendSupplement") == [("open", "")]  # a supplement is waited for


def test_an_alternative_that_needs_something_first_names_the_first_rule_in_its_way(decisions):
    waiting, unassessed = decisions[3], decisions[5]  # for a supplement; until the capacity is assessed
    assert standing(waiting, "AcceptRequest") == [("excluded", "R-06")]
    assert standing(unassessed, "AcceptRequest") == [("excluded", "I-08")]


def test_without_the_rule_the_alternative_is_no_longer_excluded_by_it(live):
    loose = {version: rules.without("I-08") for version, rules in versions(CENTER).items()}
    assert standing(why(live, NUMBER, loose)[5], "AcceptRequest") == [("open", "")]


def test_the_same_command_with_another_word_is_an_alternative(decisions):
    assert [other.values for other in others(decisions[1], "ContactApplicant", "result")] == [("unreachable",)]
    assert standing(decisions[1], "ContactApplicant", "result") == [("open", "")]
    assert ("excluded", "R-06") in standing(decisions[6], "AcceptRequest", "materials")


def test_what_hangs_on_a_value_that_nobody_said_is_left_undecided(decisions):
    [batch] = others(decisions[0], "AddBatchMember")
    assert (batch.standing, batch.rule, batch.depends_on) == ("undecided", "R-10", ("batch",))


def test_facts_under_rules_that_are_not_at_hand_are_not_decided_again(live):
    found = why(live, NUMBER, {"another": anning()})
    assert {(each.rules, each.command, tuple(each.alternatives)) for each in found} == {(None, None, ())}


def test_nothing_is_looked_for_where_a_clock_or_a_reaction_decided_unless_asked(site, told):
    number = next(each.case for each, _ in told if each.by_clock and each.service == "intake")
    with book(site) as of_site:
        found, whole = (why(of_site, number, versions(CENTER), everything=each) for each in (False, True))
    assert {each.source for each in found if each.alternatives} == {"people"}
    assert {each.source for each in whole if each.alternatives} == {"people", "reaction", "clock"}


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_fits_names_rule_text_and_source_and_is_noted(site, told, width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    number = next(each.case for each, command in told if type(command).__name__ == "AcceptRequest")
    assert cli.main(["audit", "why", number, "--folder", str(site), "--as", f"auditor:w{width}"]) == 0
    page = capsys.readouterr().out
    assert max(map(cell_len, page.splitlines())) <= width
    text = "".join(page.split())
    assert "尚未同意上门，不能确认信息" in text
    assert "".join(anning().rules["R-07"].zh.split()) in text
    assert "sealed:" not in text
    with book(site) as of_site:
        [look] = [look for look in of_site.looks(number) if look["actor"] == f"auditor:w{width}"]
    assert look["data"]["asked"] == "why"


def test_json_says_of_each_alternative_the_rule_its_grade_and_source(site, told, capsys):
    number = next(each.case for each, command in told if type(command).__name__ == "AcceptRequest")
    assert cli.main(["audit", "why", number, "--folder", str(site), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["reproduced"] == said["decisions"] == sum(each.case == number or number in {
        kept.document["case"] for kept in each.facts} for each, _ in told)  # fmt: skip
    accepted = next(each for each in said["why"] if each["command"] == "AcceptRequest")
    confirm = next(each for each in accepted["alternatives"] if each["command"] == "ConfirmInformation")
    assert (confirm["standing"], confirm["rule"], confirm["grade"]) == ("excluded", "R-07", "SEED")
    assert confirm["source"] == anning().rules["R-07"].source


def test_of_a_case_that_is_not_there_it_says_so(site, capsys):
    assert cli.main(["audit", "why", "SMFW-620105-20310302-0001-T", "--folder", str(site)]) in {2, 3}
    assert capsys.readouterr().out


def test_who_is_no_auditor_is_shown_nothing(site, told, capsys):
    number = next(each.case for each, command in told if type(command).__name__ == "AcceptRequest")
    assert cli.main(["audit", "why", number, "--folder", str(site), "--as", "clerk:A01"]) == 2
    assert number not in capsys.readouterr().out
