"""The checker finds what it is there for: each property, broken by hand once."""

import json
import shutil
import sqlite3

import pytest

from deploy.auditing.verify import trusted
from tests.faults import checker
from tests.faults.checker import check
from tests.faults.ledger import Notebook, Told, read
from tests.faults.people import Citizen
from tests.faults.reading import Letter, Message, Seen, Store
from tests.journey.playing import CENTER, play, sample

CASE = "SMFW-620105-20261125-0001-1"


def fact(service, noun, version, kind, actor, cause, case=CASE):
    stream = f"{noun}/{case}"
    said = {"id": f"/620105/{service}/{stream}/{version}", "type": kind, "case": case, "actor": actor,
            "causationid": cause}  # fmt: skip
    return stream, version, json.dumps(said, separators=(",", ":")).encode()


def store(facts, heard=None):
    said = [json.loads(document) for *_, document in facts]
    commands: dict = {}
    for each in said:
        commands.setdefault((each["actor"], each["causationid"]), set()).add(each["id"])
    return Store([document for *_, document in facts], [(stream, version) for stream, version, _ in facts],
                 {key: frozenset(ids) for key, ids in commands.items()}, heard or {}, [])  # fmt: skip


def on_road(service, documents):
    return [Message(n, f"620105.{service}.{n}", document) for n, document in enumerate(documents, 1)]


def good(swapped=False) -> Seen:
    """One case: registered, accepted by two commands; what the first caused elsewhere, then what the second did."""
    intake = [fact("intake", "request", n, f"step{n}.v1", "clerk:F01", f"c{n}") for n in (1, 2)]
    effects = [("appointment", f"when_x:/620105/intake/request/{CASE}/{n}") for n in ((2, 1) if swapped else (1, 2))]
    reactions = [
        fact("scheduling", noun, n, "noted.v1", "system:reaction", cause) for n, (noun, cause) in enumerate(effects, 1)
    ]
    stores = {"intake": store(intake), "scheduling": store(reactions, {"620105.intake": 2})}
    streams = {name: on_road(name, kept.documents) for name, kept in stores.items()}
    told = [Told(f"c{n}", "clerk:F01", "intake", "Step", CASE, "accepted", (json.loads(intake[n - 1][2])["id"],))
            for n in (1, 2)]  # fmt: skip
    return Seen(told, stores, streams, {name: list(kept.documents) for name, kept in stores.items()},
                {name: list(messages) for name, messages in streams.items()})  # fmt: skip


def without(seen, service, position):
    kept = seen.stores[service]
    documents, streams = list(kept.documents), list(kept.streams)
    del documents[position - 1], streams[position - 1]
    seen.stores[service] = Store(documents, streams, kept.commands, kept.heard, kept.letters)
    return seen


def lose_fact(seen):
    without(seen, "intake", 2)


def lose_on_road(seen):
    del seen.streams["intake"][1]


def lose_at_audit(seen):
    del seen.audited["scheduling"][0]


def lose_at_hub(seen):
    del seen.hub["intake"][0]


def forget_command(seen):
    del seen.stores["intake"].commands["clerk:F01", "c1"]


def hear_too_much(seen):
    seen.stores["scheduling"].heard["620105.intake"] = 3


def double_fact(seen):
    kept = seen.stores["scheduling"]
    kept.facts.append(kept.facts[0])


def double_effect(seen):
    """Applied again: another fact of the same cause, that no answer tells."""
    *_, cause = good().stores["scheduling"].commands
    kept = seen.stores["scheduling"]
    again = fact("scheduling", "appointment", 3, "noted.v1", "system:reaction", cause[1])
    for whole in (kept.documents, seen.audited["scheduling"]):
        whole.append(again[2])
    kept.streams.append(again[:2])
    kept.facts.append(json.loads(again[2]))
    seen.streams["scheduling"] = on_road("scheduling", kept.documents)


def publish_twice(seen):
    seen.streams["intake"].append(Message(3, "620105.intake.3", seen.streams["intake"][0].document))


def answer_otherwise(seen):
    seen.told[0].contradicted = True


def swap_on_road(seen):
    one, other = seen.streams["intake"]
    seen.streams["intake"] = [one._replace(document=other.document), other._replace(document=one.document)]


def swap_at_hub(seen):
    seen.hub["intake"].reverse()


def skip_version(seen):
    seen.stores["intake"].streams[1] = (f"request/{CASE}", 3)


def swap_commands(seen):
    seen.told.reverse()


def leave_unanswered(seen):
    seen.told[1].state = "unknown"


def leave_letter(seen):
    seen.stores["scheduling"].letters.append(Letter("620105.intake", 2, CASE, "when_x", "dead"))


def miss_reaction(seen):
    confirmed = fact("intake", "request", 3, "request_confirmed.v1", "clerk:F01", "c3")
    kept = seen.stores["intake"]
    kept.documents.append(confirmed[2])
    kept.facts.append(json.loads(confirmed[2]))


def test_nothing_is_found_where_nothing_is_wrong():
    assert check(good()) == []


@pytest.mark.parametrize(
    ("harm", "kind"),
    [(lose_fact, "lost"), (lose_on_road, "lost"), (lose_at_audit, "lost"), (lose_at_hub, "lost"),
     (forget_command, "lost"), (hear_too_much, "lost"), (double_fact, "twice"), (double_effect, "twice"),
     (publish_twice, "twice"), (answer_otherwise, "twice"), (swap_on_road, "order"), (swap_at_hub, "order"),
     (skip_version, "order"), (swap_commands, "order"), (leave_unanswered, "stuck"), (leave_letter, "stuck"),
     (miss_reaction, "stuck")],
)  # fmt: skip
def test_a_planted_violation_is_named_by_its_kind(harm, kind):
    seen = good()
    harm(seen)
    assert kind in {violation.kind for violation in check(seen)}


def test_effects_of_a_later_fact_before_those_of_an_earlier_one_are_out_of_order():
    assert {violation.where for violation in check(good(swapped=True))} == {"scheduling, a case's reactions"}


def test_a_message_that_a_line_brought_twice_is_told_apart_by_its_id():
    seen = good()
    seen.hub["intake"].append(seen.hub["intake"][0])
    assert check(seen) == []


def test_what_nobody_can_read_is_no_violation_where_it_was_planted():
    seen = good()
    leave_letter(seen)
    seen.planted = {"intake": frozenset({2})}
    assert check(seen) == []


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return play(tmp_path_factory.mktemp("kept") / "site", sample(2)).folder


@pytest.mark.nats
@pytest.mark.parametrize(
    ("statement", "found"),
    [("UPDATE stored_events SET state = replace(state, '\"time\":\"2', '\"time\":\"1') WHERE rowid = 3", "tree"),
     ("DELETE FROM commands WHERE issuer = 'system:reaction'", "models")],
)  # fmt: skip
def test_a_changed_row_is_found_in_the_files(kept, tmp_path, statement, found):
    folder = shutil.copytree(kept, tmp_path / "site")
    trust = trusted(folder, CENTER, None, None)
    assert checker.models(folder) + checker.tree(folder, trust) == []
    with sqlite3.connect(folder / "scheduling.sqlite") as file:
        file.execute(statement)
    kinds = {violation.kind for violation in checker.models(folder) + checker.tree(folder, trust)}
    assert found in kinds


def test_a_marker_in_any_file_is_found_and_not_repeated(tmp_path):
    someone = Citizen("亓昶翀", "62010519400101001X", "13900000001", "兰州市安宁区桃林巷11号111室")
    assert checker.markers(tmp_path, [someone]) == []
    (tmp_path / "some.log").write_text(f'{{"event":"x","who":"{someone.name}"}}', "utf-8")
    [violation] = checker.markers(tmp_path, [someone])
    assert violation.kind == "marker"
    assert someone.name not in str(violation)


def test_what_was_sent_is_on_the_disk_before_its_answer_and_the_last_word_counts(tmp_path):
    told = Told("c1", "clerk:F01", "intake", "Step", CASE)
    notebook = Notebook(tmp_path / "outside-1.jsonl")
    notebook.sending(told)
    assert [each.state for each in read(notebook.path)] == ["sent"]
    told.state, told.facts = "accepted", ("f1",)
    notebook.heard(told)
    notebook.close()
    assert [(each.state, each.facts) for each in read(notebook.path)] == [("accepted", ["f1"])]
