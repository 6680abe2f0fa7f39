"""The bytes of a document are put together by hand: they are those that the model of the document would write."""

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from shared.event_store import About, EventStore
from shared.messages import CloudEvent, Fact


class Said(Fact):
    type = "said.v1"
    what: str
    more: tuple[str, ...] = ()


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ZONES = st.sampled_from([timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001  # they get one
STORE = EventStore(None, "/620105/said", [Said])  # type: ignore[arg-type]  # nothing is stored


@given(TEXT, TEXT, TEXT, MOMENTS, MOMENTS, st.sampled_from(["exact", "not_recorded"]))
def test_the_bytes_are_those_of_the_model(what, case, actor, time, recorded, timing):
    about = About(f"/620105/said/{case}/1", f"x/{case}", time, case, actor, "c-1", "r-1", recorded, timing, "live")
    fact = Said(what=what, more=(actor,))
    written = STORE.write(fact, 1, about)
    assert (written.originator_id, written.originator_version, written.topic) == (about.subject, 1, "said.v1")
    assert json.loads(written.state) == json.loads(STORE.document(fact, about).model_dump_json())
    assert list(json.loads(written.state)) == list(CloudEvent.model_fields), "in the same order"
    assert CloudEvent[Said].model_validate_json(written.state) == STORE.document(fact, about)


def test_nothing_but_the_zone_of_utc_is_spelt_otherwise():
    about = About("i", "x/1", datetime(2026, 3, 2, tzinfo=UTC), "1", "a:b", "c", "r",
                  datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8))), "exact", "live")  # fmt: skip
    written, model = (json.loads(text) for text in (
        STORE.write(Said(what="x"), 1, about).state, STORE.document(Said(what="x"), about).model_dump_json()
    ))  # fmt: skip
    assert {key for key in model if model[key] != written[key]} == {"time"}
    assert (written["time"], model["time"]) == ("2026-03-02T00:00:00+00:00", "2026-03-02T00:00:00Z")
