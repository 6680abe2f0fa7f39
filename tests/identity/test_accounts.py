"""Accounts of a center's own: who is let in, who is not, and what somebody outside can tell from the answers."""

import base64
import sqlite3
import time

import pytest

from services.identity.accounts import COST, FOR, STEP, TRIES, Accounts
from services.identity.desk import ADDRESS_FOR, ADDRESS_TRIES, REFUSED, SIGNED_IN, Desk
from services.identity.sessions import Person, Sessions, challenge_of
from services.identity.table import SecretUnsafe, Table
from shared.actors import Issuer, Trust, voucher
from shared.decider import Refused
from tests.identity.totp import code_of

CENTER, NEW = "620105", "a long walk by the river"


class Clock:
    def __init__(self):
        self.at = 1_000_000_000.0

    def __call__(self):
        return self.at


class Here:
    def __init__(self, folder, cost=2**6):
        self.clock, self.folder = Clock(), folder
        self.table = Table(folder / "identity.sqlite", folder / "identity.key")
        self.accounts = Accounts(self.table, CENTER, now=self.clock, cost=cost)
        self.sessions = Sessions(self.table, now=self.clock)
        self.issuer = Issuer(bytes(32), CENTER, now=self.clock)
        self.desk = Desk(self.table, self.accounts, self.sessions, self.issuer, self.clock)

    def code(self, opened, ahead=0):

        return code_of(opened.secret, self.clock.at + ahead)

    def opened(self, staff="F01", roles=("clerk",)):
        """An account whose holder has signed in for the first time already."""
        opened = self.accounts.open(staff, roles, "operator:machine")
        self.accounts.proved(staff, opened.password, self.code(opened), NEW)
        self.clock.at += STEP
        return opened

    def notes(self):
        return [row["body"].decode() for row in self.table.rows("SELECT body FROM note ORDER BY id")]


@pytest.fixture
def here(tmp_path):
    here = Here(tmp_path)
    yield here
    here.table.close()


def refused(why, call, *args):
    with pytest.raises(Refused) as found:
        call(*args)
    assert found.value.why == why


def test_whoever_knows_password_and_code_is_let_in(here):
    opened = here.opened(roles=("dispatcher", "clerk"))
    assert here.accounts.proved("F01", NEW, here.code(opened)) == ("clerk", "dispatcher")


def test_the_password_that_was_handed_out_must_be_changed(here):
    opened = here.accounts.open("F01", ["clerk"], "operator:machine")
    refused("sign_in_change", here.accounts.proved, "F01", opened.password, here.code(opened))
    refused("password_weak", here.accounts.proved, "F01", opened.password, here.code(opened), opened.password)
    refused("password_weak", here.accounts.proved, "F01", opened.password, here.code(opened), "too short")
    refused("password_weak", here.accounts.proved, "F01", opened.password, here.code(opened), "long, but f01 in it")
    assert here.accounts.proved("F01", opened.password, here.code(opened), NEW) == ("clerk",)
    here.clock.at += STEP
    refused("sign_in_wrong", here.accounts.proved, "F01", opened.password, here.code(opened))


def test_a_code_counts_once_and_only_in_its_time(here):
    opened = here.opened()
    code = here.code(opened)
    here.accounts.proved("F01", NEW, code)
    refused("sign_in_wrong", here.accounts.proved, "F01", NEW, code)
    early = here.code(opened, 2 * STEP)
    refused("sign_in_wrong", here.accounts.proved, "F01", NEW, early)
    here.clock.at += STEP
    here.accounts.proved("F01", NEW, early)


@pytest.mark.parametrize("code", ["", "00000", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_none(here, code):
    here.opened()
    refused("sign_in_wrong", here.accounts.proved, "F01", NEW, code)


def test_five_wrong_answers_close_an_account_for_a_quarter_of_an_hour(here):
    opened = here.opened()
    for _ in range(TRIES):
        refused("sign_in_wrong", here.accounts.proved, "F01", "wrong", here.code(opened))
    refused("sign_in_wrong", here.accounts.proved, "F01", NEW, here.code(opened))
    assert here.accounts.list()[0].locked_until > here.clock.at
    here.clock.at += FOR + 1
    assert here.accounts.proved("F01", NEW, here.code(opened)) == ("clerk",)


def test_neither_answer_nor_time_tells_whether_there_is_an_account(tmp_path):
    here = Here(tmp_path, COST)
    opened = here.opened()
    here.opened("F02")
    for _ in range(TRIES):
        refused("sign_in_wrong", here.accounts.proved, "F02", "wrong", "000000")

    def takes(staff):
        began = time.thread_time()  # a machine may stand still
        refused("sign_in_wrong", here.accounts.proved, staff, "wrong, and long", "000000")
        return time.thread_time() - began

    there, nobody, locked = (min(takes(who) for _ in range(4)) for who in ("F01", "nobody", "F02"))
    assert opened
    assert 0.5 < nobody / there < 2
    assert 0.5 < locked / there < 2


def test_a_closed_account_is_out_at_once_and_so_are_its_sessions(here):
    opened = here.opened()
    secret = here.desk.begin(here.desk.by_password("F01", NEW, here.code(opened), "", "x"))
    assert here.desk.of(secret).staff == "F01"
    here.accounts.close("F01", "operator:machine")
    refused("not_signed_in", here.desk.token, secret)
    here.clock.at += STEP
    refused("sign_in_wrong", here.accounts.proved, "F01", NEW, here.code(opened))


def test_who_is_closed_here_is_not_let_in_by_the_provider_either(here):
    person = Person("F09", ("clerk",), "oidc")
    secret = here.desk.begin(here.desk.by_provider(person))
    here.accounts.close("F09", "operator:machine")
    refused("not_signed_in", here.desk.of, secret)
    refused("sign_in_closed", here.desk.by_provider, person)
    here.accounts.reopen("F09", "operator:machine")
    assert here.desk.by_provider(person) == person


def test_other_roles_hold_from_the_next_token_on(here):
    opened = here.opened()
    secret = here.desk.begin(here.desk.by_password("F01", NEW, here.code(opened), "", "x"))
    here.accounts.give("F01", ["dispatcher"], "operator:machine")
    assert here.desk.token(secret).person.roles == ("dispatcher",)


@pytest.mark.parametrize(("roles", "why"), [
    ([], "role_unknown"), (["applicant"], "role_unknown"), (["system"], "role_unknown"), (["importer"], "role_unknown"),
    (["auditor", "clerk"], "role_apart"),
])  # fmt: skip
def test_DOMAIN_11_roles_that_nobody_signs_in_with_and_an_auditor_has_no_other(here, roles, why):
    refused(why, here.accounts.open, "F01", roles, "operator:machine")


def test_a_session_ends_after_an_idle_hour_and_after_a_working_day(here):
    secret = here.sessions.begin(Person("F01", ("clerk",), "password"))
    here.clock.at += 3500
    assert here.sessions.of(secret)
    here.clock.at += 3700
    assert here.sessions.of(secret) is None
    secret = here.sessions.begin(Person("F01", ("clerk",), "password"))
    for _ in range(8):
        here.clock.at += 3500
        assert here.sessions.of(secret)
    here.clock.at += 900
    assert here.sessions.of(secret) is None


def test_what_is_handed_over_counts_once_for_a_minute_and_beside_the_secret_only(here):

    person, verifier = Person("F01", ("clerk",), "oidc"), "v" * 43
    code = here.desk.hand_over(person, challenge_of(verifier))
    refused("handing_over_failed", here.desk.taken_over, code, "another")
    refused("handing_over_failed", here.desk.taken_over, code, verifier)  # it was used up
    code = here.desk.hand_over(person, challenge_of(verifier))
    here.clock.at += 61
    refused("handing_over_failed", here.desk.taken_over, code, verifier)
    code = here.desk.hand_over(person, challenge_of(verifier))
    assert here.desk.taken_over(code, verifier)[0] == person


def test_a_token_is_believed_by_the_services_and_says_how_it_was_proved(here):
    trust = Trust(CENTER, [voucher(here.issuer.kid, ["clerk:*"])], now=here.clock)
    secret = here.desk.begin(here.desk.by_provider(Person("F07", ("clerk",), "oidc")))
    speaker = trust.speaker(here.desk.token(secret).token)
    assert (speaker.id, speaker.roles, speaker.how) == ("F07", {"clerk"}, "oidc")
    assert speaker.is_("clerk:F07")
    assert not speaker.is_("clerk:F08")


def test_whoever_tries_many_accounts_from_one_place_waits(here):
    for n in range(ADDRESS_TRIES):
        refused("sign_in_wrong", here.desk.by_password, f"N{n}", "wrong", "000000", "", "10.0.0.9")
    refused("sign_in_too_often", here.desk.by_password, "N", "wrong", "000000", "", "10.0.0.9")
    refused("sign_in_wrong", here.desk.by_password, "N", "wrong", "000000", "", "10.0.0.8")
    here.clock.at += ADDRESS_FOR + 1
    refused("sign_in_wrong", here.desk.by_password, "N", "wrong", "000000", "", "10.0.0.9")


def test_what_is_noted_names_accounts_and_nothing_that_was_typed(here):
    opened = here.opened()
    here.desk.by_password("F01", NEW, here.code(opened), "", "x")
    refused("sign_in_wrong", here.desk.by_password, "F01", "typed-password", "000000", "", "x")
    refused("sign_in_wrong", here.desk.by_password, "typed-by-mistake", "p", "000000", "", "x")
    notes = here.notes()
    assert [SIGNED_IN in each for each in notes] == [False, True, False, False]
    assert [REFUSED in each for each in notes] == [False, False, True, True]
    assert '"F01"' in notes[2]
    assert '"staff": null' in notes[3]
    assert not [each for each in notes if "typed" in each or opened.password in each or NEW in each]


def test_nothing_that_opens_a_door_lies_in_the_file(here):
    opened = here.opened()
    secret = here.desk.begin(here.desk.by_password("F01", NEW, here.code(opened), "", "x"))
    with sqlite3.connect(here.folder / "identity.sqlite") as db:
        whole = "\n".join(db.iterdump()).encode()

    raw = base64.b32decode(opened.secret + "=" * (-len(opened.secret) % 8))
    for each in (opened.password.encode(), NEW.encode(), secret.encode(), opened.secret.encode(), raw.hex().encode()):
        assert each.lower() not in whole.lower()
    assert (here.folder / "identity.sqlite").stat().st_mode & 0o077 == 0


def test_the_key_must_be_there_and_ours_alone(here, tmp_path):
    key = tmp_path / "identity.key"
    key.chmod(0o644)
    with pytest.raises(SecretUnsafe):
        Table(tmp_path / "identity.sqlite", key)
    key.unlink()
    with pytest.raises(SecretUnsafe):
        Table(tmp_path / "identity.sqlite", key)
