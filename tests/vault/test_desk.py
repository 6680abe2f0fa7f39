"""The crypto desk over a wire that can be listened to."""

import json
from datetime import date

import pytest

from shared.contracts.vault import OpenSealed, SealPerson
from shared.identifiers import make_case_number
from shared.messages import Answer
from shared.sealed import NotSealed, VaultClient, encrypt_to, parse_token
from tests.vault.people import number_of, somebody

CASE = make_case_number("620105", date(2026, 3, 11), 7)


async def seal(vault, id="s1", actor="clerk:F01", on=date(2026, 3, 11), **changes):
    return await vault.client.seal_person(id, actor, **somebody(**changes), on=on)


async def no(awaitable):
    with pytest.raises(NotSealed) as refused:
        await awaitable
    assert refused.value.reason
    assert refused.value.reason_en
    return refused.value


async def end(vault, asked, **body):
    wish = {"id": f"{asked}-1", "reason": "retention_over"} | body
    return Answer.model_validate_json(await vault.wire.answers[asked](json.dumps(wish).encode()))


async def contact(vault, person, id="o1", purpose="contact", actor="clerk:F01"):
    return await vault.client.open(id, actor, CASE, [person.sealed], ["name"], purpose)


async def test_I03_a_person_is_sealed_with_what_rules_need(vault):
    person = await seal(vault)
    assert (person.age_band, person.sex, person.area, person.document) == ("60_79", "m", "620105", "id_card")
    opened = await vault.client.open("o1", "handler:A01", CASE, [person.sealed], ["name", "phone"], "contact")
    assert opened == {person.sealed: {"name": "测试甲", "phone": "13900000001"}}


@pytest.mark.parametrize(
    ("born", "band"),
    [("20080312", "under_18"), ("20080311", "18_59"), ("19660312", "18_59"), ("19660311", "60_79"),
     ("19460312", "60_79"), ("19460311", "80_plus")],
)  # fmt: skip
async def test_I03_the_age_band_turns_on_the_birthday(vault, born, band):
    assert (await seal(vault, id_number=number_of(born=born))).age_band == band


async def test_I03_a_wrong_check_digit_is_refused_without_the_number(vault):
    right = number_of()
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    refused = await no(seal(vault, id_number=wrong))
    assert (refused.rule, refused.why, refused.field) == ("I-03", "id_number_wrong", "id_number")
    assert "校验码" in refused.reason
    assert wrong not in f"{refused}{refused.reason}{refused.reason_en}"
    assert vault.facts() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"name": " "}, "name_missing"), ({"phone": "12345678901"}, "phone_wrong"), ({"address": "路" * 301},
      "address_too_long"), ({"id_kind": "none"}, "id_kind_unknown"), ({"id_kind": "driver"}, "id_kind_unknown"),
     ({"id_kind": "passport", "id_number": "E-1"}, "id_number_wrong"), ({"id_number": ""}, "id_number_wrong")],
)  # fmt: skip
async def test_I03_what_cannot_be_right_is_refused(vault, changes, why):
    assert (await no(seal(vault, **changes))).why == why


async def test_I03_full_width_digits_and_small_x_are_the_same_person(vault):
    number = next(n for n in map(number_of, range(1, 999, 2)) if n.endswith("X"))
    wide = "".join(chr(ord(char) + 0xFEE0) for char in number.lower())
    first, second = await seal(vault, id_number=number), await seal(vault, id="s2", id_number=wide)
    assert first.ref == second.ref


async def test_I05_who_shows_no_document_is_sealed_and_nobody_else(vault):
    first = await seal(vault, id_kind="none", id_number="", phone="", address="")
    second = await seal(vault, id="s2", id_kind="none", id_number="", phone="", address="")
    assert first.age_band == "unknown"
    assert first.ref != second.ref


async def test_the_same_person_has_one_reference_and_two_keys(vault):
    first, second = await seal(vault), await seal(vault, id="s2")
    assert first.ref == second.ref
    assert parse_token(first.sealed).kid != parse_token(second.sealed).kid


async def test_sealing_asked_again_gives_the_same_and_counts_once(vault):
    first = await seal(vault)
    assert await seal(vault, on=date(2036, 3, 11)) == first
    assert vault.facts() == ["personal_data_sealed.v1"]
    assert (await no(seal(vault, phone="13900000002"))).why == "other_body"


async def test_a_crash_between_key_and_fact_is_mended_by_asking_again(vault, monkeypatch):
    async def crash(_command):
        raise OSError

    monkeypatch.setattr(vault.handler, "handle", crash)
    lost = await no(seal(vault))
    assert lost.retry
    monkeypatch.undo()
    person = await seal(vault)
    assert vault.facts() == ["personal_data_sealed.v1"]
    assert await vault.client.open("o1", "clerk:F01", CASE, [person.sealed], ["name"], "contact")


async def test_a_text_is_sealed_alone_or_with_a_person(vault):
    person = await seal(vault)
    kid = parse_token(person.sealed).kid
    alone = await vault.client.seal_text("t1", "clerk:F01", "行动不便")
    beside = await vault.client.seal_text("t2", "clerk:F01", "行动不便", kid=kid)
    assert parse_token(beside).kid == kid != parse_token(alone).kid
    opened = await vault.client.open("o1", "clerk:F01", CASE, [alone, beside], ["text"], "handling")
    assert [each["text"] for each in opened.values()] == ["行动不便"] * 2
    assert (await no(vault.client.seal_text("t3", "clerk:F01", " "))).why == "text_missing"
    assert (await no(vault.client.seal_text("t4", "clerk:F01", "长" * 2000))).why == "too_long"


async def test_H03_an_opening_is_on_record_before_the_key_is_read(vault, monkeypatch):
    person = await seal(vault)
    read = vault.keys.open
    monkeypatch.setattr(vault.keys, "open", lambda token: vault.done.append(vault.facts()[-1]) or read(token))
    await vault.client.open("o1", "visitor:A04", CASE, [person.sealed], ["address"], "visit")
    assert vault.done == ["RecordSealing", "RecordOpening", "personal_data_opened.v1"]
    document = json.loads(vault.store.case(CASE)[0].state)
    assert (document["actor"], document["subject"]) == ("visitor:A04", f"access/{CASE}")
    assert document["data"]["purpose"] == "visit"


async def test_H03_without_a_record_nothing_is_opened(vault, monkeypatch):
    person = await seal(vault)
    monkeypatch.setattr(vault.keys, "open", lambda _token: pytest.fail("read without a record"))

    async def full(_command):
        raise OSError

    monkeypatch.setattr(vault.handler, "handle", full)
    assert (await no(contact(vault, person))).retry


async def test_H03_reading_again_counts_again_and_a_repeated_answer_does_not(vault):
    person = await seal(vault)
    for _ in range(2):
        await vault.client.open("o1", "clerk:F01", CASE, [person.sealed], ["name"], "contact")
    assert vault.facts().count("personal_data_opened.v1") == 2
    once = OpenSealed(id="o2", actor="clerk:F01", case=CASE, sealed=(person.sealed,), fields=("name",),
                      purpose="contact", reply_key=vault.keys.public_key)  # fmt: skip
    for _ in range(2):
        await vault.wire.answers["open_sealed"](once.model_dump_json().encode())
    assert vault.facts().count("personal_data_opened.v1") == 3


async def test_H01_who_has_no_purpose_is_denied_on_record(vault):
    person = await seal(vault)
    for purpose, why in (("complaint", "not_your_purpose"), ("curiosity", "no_purpose")):
        refused = await no(contact(vault, person, f"o-{why}", purpose, "visitor:A04"))
        assert (refused.rule, refused.why, refused.field) == ("H-01", why, "purpose")
    denied = [json.loads(record.document)["data"] for record in vault.store.after(1, 10)]
    assert [(fact["because"], fact["purpose"]) for fact in denied] == [
        ("not_your_purpose", "complaint"), ("no_purpose", "unknown")
    ]  # fmt: skip


async def test_H05_restricted_then_shredded_and_no_longer_opened(vault):
    person = await seal(vault)
    kid = parse_token(person.sealed).kid
    early = await end(vault, "shred_person", case=kid, actor="archivist:E01")
    assert (early.accepted, early.rule, early.why) == (False, "H-05", "restrict_first")
    assert (await end(vault, "restrict_person", case=kid, actor="archivist:E01")).accepted
    assert (await no(contact(vault, person))).why == "restricted"
    assert (await end(vault, "shred_person", id="again", case=kid, actor="archivist:E01")).accepted
    assert (await no(contact(vault, person, "o2"))).why == "shredded"
    assert (await no(seal(vault))).why == "shredded"


async def test_H05_a_window_clerk_shreds_nothing(vault):
    kid = parse_token((await seal(vault)).sealed).kid
    assert (await end(vault, "shred_person", case=kid, actor="clerk:F01")).rule == "ROLE"


async def test_H05_the_fact_counts_also_while_the_key_still_stands(vault, monkeypatch):
    person = await seal(vault)
    kid = parse_token(person.sealed).kid
    await end(vault, "restrict_person", case=kid, actor="archivist:E01")

    def full(*_kids):
        raise OSError

    monkeypatch.setattr(vault.keys, "shred", full)
    assert (await end(vault, "shred_person", case=kid, actor="archivist:E01")).retry
    assert (await no(contact(vault, person))).why == "shredded"
    monkeypatch.undo()
    assert (await end(vault, "shred_person", case=kid, actor="archivist:E01")).accepted
    assert vault.keys._db.execute("SELECT wrapped FROM data_key").fetchone() == (None,)


async def test_nothing_personal_passes_the_wire_or_lies_on_the_disk(vault, capfd):
    person = await seal(vault)
    await vault.client.seal_text("t1", "clerk:F01", "行动不便")
    await vault.client.open("o1", "clerk:F01", CASE, [person.sealed], ["name", "address"], "visit")
    await no(seal(vault, id="s9", name="坏人乙" * 40, phone="13900000009"))
    marks = [*somebody().values(), "行动不便", "坏人乙", "13900000009"]
    places = b"".join(vault.wire.heard) + vault.bytes_on_disk() + "".join(capfd.readouterr()).encode()
    assert b"personal_data_opened.v1" in places
    for mark in marks:
        if mark != "id_card":
            assert mark.encode() not in places, marks.index(mark)
            assert json.dumps(mark).strip('"').encode() not in places, marks.index(mark)


@pytest.mark.parametrize("content", [b"not json 13900000001", b'{"name": 13900000001}', b"[]", b"\xff"])
async def test_an_envelope_of_nonsense_is_refused_without_its_content(vault, content, capfd):
    ask = SealPerson(id="s1", actor="clerk:F01", envelope=encrypt_to(vault.keys.public_key, content))
    reply = await vault.wire.answers["seal_person"](ask.model_dump_json().encode())
    assert json.loads(reply)["why"] == "envelope_unreadable"
    assert b"13900000001" not in reply + "".join(capfd.readouterr()).encode()


@pytest.mark.parametrize("asked", ["seal_person", "seal_text", "open_sealed", "shred_person"])
async def test_a_question_of_nonsense_gets_an_answer_without_its_content(vault, asked):
    reply = await vault.wire.answers[asked](b'{"id": 13900000001}')
    assert json.loads(reply)["rule"] == "SCHEMA"
    assert b"13900000001" not in reply


async def test_a_token_of_another_center_or_none_is_refused(vault):
    for token, why in (("sealed:v1:x:AA", "token_unreadable"), (f"sealed:v1:{'0' * 32}:AA", "unknown_key")):
        assert (await no(vault.client.open(f"o-{why}", "clerk:F01", CASE, [token], ["name"], "contact"))).why == why


async def test_a_vault_that_is_away_may_be_asked_again():
    class Silent:
        async def request(self, *_args, **_about):
            raise TimeoutError

    refused = await no(VaultClient(Silent(), "620105").seal_text("t1", "clerk:F01", "行动不便"))
    assert (refused.rule, refused.retry) == ("UNAVAILABLE", True)
