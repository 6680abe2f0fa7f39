"""By number and end of the phone number: yes or no, on record, few tries a day, and never the number."""

import pytest

from services.vault.events import PersonalDataBound, PersonalDataSealed, PhoneTailAsked, PhoneTailCompared
from services.vault.phone_tail import PHONE_TAIL, RecordTailAsked, RecordTailCompared
from services.vault.subject import SUBJECT
from shared.sealed import NotSealed
from tests.given import anning, at, given, obligation
from tests.vault.people import somebody

CASE = "SMFW-620105-20260302-0001-8"
KID = "a" * 32
NOW = at("2026-03-02 10:00")
SEALED = {f"subject/{KID}": SUBJECT.state_after([PersonalDataSealed(kid=KID, content="person", fields=("phone",))])}
ASK = RecordTailAsked(id="1", case=CASE, actor="applicant:web", kid=KID)
TRIES = [PhoneTailAsked(kid=KID, day=NOW.date(), tries=n) for n in range(1, 6)]


def asked(*history, now=NOW, situations=None):
    return given(PHONE_TAIL, *history).when(ASK, at=now, situations=SEALED if situations is None else situations)


def test_a_try_is_on_record_before_the_key_is_read():
    asked().then(TRIES[0])
    asked(TRIES[0]).then(TRIES[1])


@obligation("D-08")
def test_D08_guessing_ends_after_a_few_tries_a_day():
    assert anning().numbers["vault.tail_tries"] == len(TRIES)
    asked(*TRIES).then_refused("D-08", "too_many_tries")


def test_the_next_day_and_a_fitting_answer_count_anew():
    asked(*TRIES, now=at("2026-03-03 10:00")).then(PhoneTailAsked(kid=KID, day=at("2026-03-03 10:00").date(), tries=1))
    asked(*TRIES, PhoneTailCompared(kid=KID, same=True)).then(TRIES[0])
    asked(*TRIES, PhoneTailCompared(kid=KID, same=False)).then_refused("D-08")
    given(PHONE_TAIL).when(RecordTailCompared(id="2", case=CASE, actor="applicant:web", kid=KID, same=False),
                           at=NOW).then(PhoneTailCompared(kid=KID, same=False))  # fmt: skip


def test_only_a_key_of_the_case_that_is_still_held():
    asked(situations={}).then_refused("H-05", "unknown_key")
    elsewhere = [PersonalDataSealed(kid=KID, content="person", fields=("phone",)),
                 PersonalDataBound(kid=KID, to_case="SMFW-620105-20260302-0002-6")]  # fmt: skip
    asked(situations={f"subject/{KID}": SUBJECT.state_after(elsewhere)}).then_refused("H-03", "other_case")


async def test_the_vault_says_yes_or_no_and_nothing_else(vault):
    person = await vault.client.seal_person("s", "clerk:F01", **somebody(phone="13900004321"))
    vault.wire.heard.clear()

    async def same(name, tail):
        envelope = await vault.client.tail_envelope(tail)
        return await vault.client.same_phone_tail(name, "applicant:web", CASE, person.sealed, envelope)

    assert await same("t:1", "4321") is True
    assert await same("t:2", "4322") is False
    assert vault.facts()[-4:] == ["phone_tail_asked.v1", "phone_tail_compared.v1"] * 2
    assert b"4321" not in b"".join(vault.wire.heard)
    assert b"13900004321" not in vault.bytes_on_disk()


async def test_wrong_tries_are_few_under_one_id_too(vault):
    person = await vault.client.seal_person("s", "clerk:F01", **somebody())
    for _ in range(5):
        envelope = await vault.client.tail_envelope("9999")
        assert not await vault.client.same_phone_tail("one", "applicant:web", CASE, person.sealed, envelope)
    envelope = await vault.client.tail_envelope("0001")
    with pytest.raises(NotSealed, match="too_many_tries"):
        await vault.client.same_phone_tail("one", "applicant:web", CASE, person.sealed, envelope)


@pytest.mark.parametrize("tail", ["", "123", "12345", "abcd"])
async def test_a_tail_is_four_digits(vault, tail):
    person = await vault.client.seal_person("s", "clerk:F01", **somebody())
    envelope = await vault.client.tail_envelope(tail)
    with pytest.raises(NotSealed, match="ENVELOPE"):
        await vault.client.same_phone_tail("t", "applicant:web", CASE, person.sealed, envelope)


async def test_a_person_without_a_phone_never_fits(vault):
    person = await vault.client.seal_person("s", "clerk:F01", **somebody(phone=""))
    envelope = await vault.client.tail_envelope("0000")
    assert not await vault.client.same_phone_tail("t", "applicant:web", CASE, person.sealed, envelope)
