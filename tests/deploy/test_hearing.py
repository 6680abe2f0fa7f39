"""What services hear of each other, seen over all of them at once: every reaction, effect and promise has its fact."""

import pytest

from deploy.desks import parts_of
from deploy.facts import SERVICES
from shared.reaction import heard_by
from tests.golden import promises_of

FACTS = {name: {fact.type for decider in parts_of(name).deciders for fact in decider.facts} for name in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_every_reaction_hears_a_fact_that_there_is_under_a_name_of_its_own(service):
    reactions = parts_of(service).reactions
    heard = {rule.__name__: heard_by(rule)[1] for rule in reactions}
    assert {name: fact.type for name, fact in heard.items() if fact.type not in FACTS[fact.service]} == {}
    assert len(heard) == len(reactions)


@pytest.mark.parametrize("service", SERVICES)
def test_every_message_is_wished_for_by_a_fact_of_its_own_service(service):
    assert {heard_by(rule)[1].type for rule in parts_of(service).effects} <= FACTS[service]


@pytest.mark.parametrize("service", SERVICES)
def test_every_promise_is_a_fact_of_the_service_that_makes_it(service):
    assert {promise.type for promise in promises_of(service)} <= FACTS[service]
