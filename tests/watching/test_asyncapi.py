"""AsyncAPI: what is on disk is what the code says; all commands, questions, facts and reactions, with examples."""

import json
import re
from functools import cache

import pytest

from deploy import cli
from deploy.asyncapi.brokers import ASKED, CENTER, broker_of, services
from deploy.asyncapi.document import FOLDER, golden, path_of, written
from deploy.asyncapi.example import example
from deploy.asyncapi.page import page
from deploy.desks import desk_of, parts_of
from shared.messages import CloudEvent
from shared.reaction import heard_by
from shared.words import catalogue

SERVICES = services()
WITH_FACTS = [name for name in SERVICES if name != "audit"]


@cache
def document(service):
    return json.loads(path_of(service).read_text("utf-8"))


def operations(service, kind):
    return {name for name, each in document(service)["operations"].items() if each["tags"] == [{"name": kind}]}


def example_of(service, name):
    (found,) = document(service)["components"]["messages"][name]["examples"]
    return json.dumps(found["payload"])


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_on_disk_is_what_the_code_says(service):
    assert path_of(service).read_text("utf-8") == written(service), "./doorstep docs --write"


def test_nothing_is_on_disk_that_is_no_service():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_every_door_of_the_service_is_in_it_and_no_other(service):
    doors = {str(each.subject.broker_address).replace(CENTER, "{center}") for each in broker_of(service).subscribers}
    channels = document(service)["channels"]
    asked = operations(service, "command") | operations(service, "question")
    assert {channels[name]["address"] for name in asked} == doors


@pytest.mark.parametrize("service", WITH_FACTS)
def test_every_example_of_a_command_is_one_that_the_desk_reads(service):
    assert operations(service, "command") == {command.asked() for command in desk_of(service)}
    for command in desk_of(service):
        wish = command.model_validate_json(example_of(service, command.asked()))
        assert document(service)["operations"][command.asked()].get("x-roles", []) == list(wish.roles)


@pytest.mark.parametrize("service", WITH_FACTS)
def test_every_fact_is_in_it_with_its_golden_sample(service):
    facts = {fact.type: fact for decider in parts_of(service).all_deciders for fact in decider.facts}
    assert operations(service, "fact") == {f"say.{kind}" for kind in facts}
    samples = golden(service)
    for kind, fact in facts.items():
        read = CloudEvent[fact].model_validate_json(example_of(service, kind)).data
        if kind in samples:
            assert json.loads(read.model_dump_json(exclude_unset=True)) == samples[kind]
        else:
            assert fact.__module__.startswith("shared."), "a fact of its own has a sample"


@pytest.mark.parametrize("service", WITH_FACTS)
def test_every_reaction_is_in_it_under_the_address_where_the_fact_is_said(service):
    reactions = {rule.__name__: heard_by(rule)[1] for rule in parts_of(service).reactions}
    assert operations(service, "reaction") == reactions.keys()
    for name, contract in reactions.items():
        heard = document(service)["channels"][name]["address"]
        assert heard == document(contract.service)["channels"][contract.type]["address"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere(service):
    whole = document(service)
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', path_of(service).read_text("utf-8"))):
        at = whole
        for part in reference.split("/"):
            at = at[part]


@pytest.mark.parametrize(("service", "name"), ASKED)
def test_every_example_of_a_question_is_one_that_the_service_reads(service, name):
    assert ASKED[service, name].model_validate_json(example_of(service, name))


@pytest.mark.parametrize("service", SERVICES)
def test_every_question_has_a_name_that_people_read(service):
    assert {name for name in operations(service, "question") if name not in catalogue()["asyncapi"]} == set()


def test_an_example_of_a_pattern_that_nobody_thought_of_is_an_error():
    with pytest.raises(KeyError):
        example({"type": "string", "pattern": "^new$"}, {})


@pytest.fixture(scope="module")
def shown():
    return page({service: document(service) for service in SERVICES})


def test_the_page_shows_everything_and_leads_nowhere_else(shown):
    for service in SERVICES:
        for name in document(service)["operations"]:
            assert f'id="{service}.{name.removeprefix("say.")}"' in shown
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', shown) == []
    anchors = set(re.findall(r'id="([^"]+)"', shown))
    assert {link for link in re.findall(r'href="#([^"]+)"', shown) if link not in anchors} == set()


def test_the_page_says_who_hears_a_fact(shown):
    at = shown.index('id="intake.request_confirmed.v1"')
    told = shown[at : shown.index("</details>", at)]
    assert 'href="#scheduling.when_request_confirmed_seek_appointment"' in told


def test_the_page_shows_what_is_written_as_text(shown):
    name = next(iter(document("intake")["operations"]))
    bad = json.loads(json.dumps(document("intake")))
    bad["channels"][name]["description"] = "<script>alert(1)</script>"
    assert "<script>alert" not in page({"intake": bad})


def test_the_command_writes_the_page_and_says_what_is_on_it(tmp_path, capsys):
    assert cli.main(["docs", "--out", str(tmp_path / "api.html")]) == 0
    assert f"{sum(len(desk_of(name)) for name in WITH_FACTS)} 条指令" in capsys.readouterr().out
    assert (tmp_path / "api.html").read_text("utf-8").startswith("<!doctype html>")
