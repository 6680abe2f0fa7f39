"""A fact of an old version is folded as one of the newest; what is on disk stays as it was."""

from datetime import UTC, datetime
from typing import ClassVar

import pytest

from deploy.auditing.folding import Folding
from shared.decider import Decider
from shared.event_store import About, EventStore
from shared.messages import Command, Fact
from shared.parts import Parts
from shared.upcast import newest, upcast

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


class WeighedV1(Fact):
    type: ClassVar[str] = "weighed.v1"
    pounds: int


class WeighedV2(Fact):
    type: ClassVar[str] = "weighed.v2"
    grams: int


class WeighedV3(Fact):
    type: ClassVar[str] = "weighed.v3"
    grams: int
    scale: str


@upcast
def weighed_as_v2(old: WeighedV1) -> WeighedV2:
    return WeighedV2(grams=old.pounds * 500)


@upcast
def weighed_as_v3(old: WeighedV2) -> WeighedV3:
    return WeighedV3(grams=old.grams, scale="unknown")


def _evolve(state: tuple[WeighedV3, ...], fact: WeighedV3) -> tuple[WeighedV3, ...]:
    assert isinstance(fact, WeighedV3)
    return (*state, fact)


SCALES: Decider[Command, tuple[WeighedV3, ...]] = Decider(
    name="parcel", commands=(), facts=(WeighedV1, WeighedV2, WeighedV3), initial=(), decide=lambda *_: [],
    evolve=_evolve,
)  # fmt: skip
LIFE = (WeighedV1(pounds=2), WeighedV2(grams=700), WeighedV3(grams=800, scale="s1"))
NOW = (WeighedV3(grams=1000, scale="unknown"), WeighedV3(grams=700, scale="unknown"), WeighedV3(grams=800, scale="s1"))


@pytest.fixture
def stored():
    store = EventStore(None, "/620105/post", SCALES.facts)  # type: ignore[arg-type]  # it only makes and reads bytes
    about = [About(f"/620105/post/parcel/1/{n}", "parcel/1", AT, "1", "clerk:A01", "c", "1", AT, "exact", "live")
             for n in (1, 2, 3)]  # fmt: skip
    return store, [store.write(fact, n, each) for n, (fact, each) in enumerate(zip(LIFE, about, strict=True), 1)]


def test_the_store_gives_the_newest_version_of_every_fact_step_by_step(stored):
    store, events = stored
    assert tuple(map(store.fact, events)) == NOW
    assert SCALES.state_after(map(store.fact, events)) == NOW


def test_auditors_fold_the_same_situations(stored):
    rows = [(str(event.originator_id), event.topic, event.state) for event in stored[1]]
    assert Folding(Parts("post", [SCALES], ())).states(rows) == {"parcel/1": NOW}


def test_a_document_reads_as_one_of_the_newest_version_in_plain_words_too(stored):
    store, events = stored
    plain = [store.plain(event) for event in events]
    assert [each["type"] for each in plain] == ["weighed.v3"] * 3
    assert [each["data"] for each in plain] == [fact.model_dump() for fact in NOW]
    assert {each["subject"] for each in plain} == {"parcel/1"}


def test_bytes_name_the_version_that_was_written(stored):
    assert [event.topic for event in stored[1]] == ["weighed.v1", "weighed.v2", "weighed.v3"]
    assert b'"data":{"pounds":2}' in stored[1][0].state


def test_the_newest_version_is_left_as_it_is():
    fact = WeighedV3(grams=1, scale="s1")
    assert newest(fact) is fact


def test_there_is_one_way_on_from_each_version_and_none_to_itself():
    def again(old: WeighedV1) -> WeighedV3:
        raise AssertionError

    def itself(old: WeighedV3) -> WeighedV3:
        raise AssertionError

    for wrong in (again, itself):
        with pytest.raises(TypeError, match="no upcast"):
            upcast(wrong)
