"""One case, one period: its facts are found by their bytes, and each stands in a tree that was signed."""

import pytest

from deploy.auditing import witness_book
from deploy.auditing.book import Period
from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.parts_of import of_case, of_period, verify_part
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, trusted
from deploy.cli import main
from tests.audit.by_sql import sql
from tests.audit.conftest import FACTS, SITE, STORES
from tests.audit.test_verify import BYTE, WITNESS, own

CASE, OTHER, UNSEALED = (f"SMFW-{SITE}-20260302-{n:04}-K" for n in (3, 1, 25))


@pytest.fixture(params=STORES)
def store(request):
    return request.param


@pytest.fixture
def witness(site, tmp_path):
    """Who signed all checkpoints that there are."""
    folder = tmp_path / "witness"
    witness_book.prepare(folder, WITNESS)
    witness_book.trust(folder, own(site).verifier())
    hand_over_all(site, own(site).verifier(), str(folder), None, hashes=False)
    return str(folder)


def part(site, wanted, witness=None):
    return verify_part(site, trusted(site, SITE, None if witness else str(own(site).verifier()), witness), wanted)


def states(found):
    return {(piece.service, piece.position): piece.state for piece in found.pieces}


def test_a_case_is_its_facts_in_every_service_each_as_far_as_it_is_signed(site, witness):
    four = [(service, position) for service in ("intake", "visits") for position in (5, 6)]
    alone, seen = part(site, of_case(CASE)), part(site, of_case(CASE), witness)
    assert states(alone) == dict.fromkeys(four, "sealed")
    assert states(seen) == dict.fromkeys(four, "witnessed")
    assert (alone.exit_code, seen.exit_code) == (NOT_PROVED, PROVED)


def test_what_nobody_signed_is_never_called_proved(site, witness):
    found = part(site, of_case(UNSEALED), witness)
    assert set(states(found).values()) == {"not_yet"}
    assert found.exit_code == NOT_PROVED


def test_a_case_that_nobody_knows_is_not_proved(site):
    assert part(site, of_case("SMFW-620105-20260302-0999-K")).exit_code == NOT_PROVED


def test_a_changed_fact_is_bad_in_its_own_case_and_elsewhere_for_the_others(site, witness):
    sql(site / "visits.sqlite", BYTE.format(n=5))
    mine, other = part(site, of_case(CASE), witness), part(site, of_case(OTHER), witness)
    assert [key for key, state in states(mine).items() if state == "bad"] == [("visits", 5)]
    assert (mine.exit_code, other.exit_code, other.elsewhere) == (FOUND, PROVED, 1)


def test_a_fact_that_was_moved_to_another_case_in_the_index_is_found_by_its_bytes(site, witness):
    sql(site / "audit.sqlite", f"UPDATE entry SET \"case\" = '{OTHER}' WHERE log = 2 AND position = 6")
    mine, other = part(site, of_case(CASE), witness), part(site, of_case(OTHER), witness)
    assert [(piece.service, piece.position) for piece in mine.pieces if not piece.indexed] == [("visits", 6)]
    assert len(mine.pieces) == len(other.pieces) == 4
    assert (mine.exit_code, other.exit_code) == (FOUND, PROVED)


@pytest.mark.parametrize("of", ["ledger", "both"])
def test_a_fact_that_was_taken_out_leaves_no_case_complete(site, witness, of):
    """Also where it was the last of its case's stream."""
    sql(site / "audit.sqlite", "DELETE FROM entry WHERE log = 2 AND position = 6")
    if of == "both":
        sql(site / "visits.sqlite", "DELETE FROM stored_events WHERE rowid = 6")
    assert part(site, of_case(CASE), witness).exit_code == FOUND


def test_a_period_is_all_of_its_facts(site, witness):
    whole = part(site, of_period(Period.parse("2026-03")), witness)
    assert len(whole.pieces) == 2 * FACTS
    assert whole.exit_code == NOT_PROVED, "the last ones are not signed"
    assert part(site, of_period(Period.parse("2026-04")), witness).pieces == []


def test_the_command_says_it_in_words(site, witness, capsys):
    words = ["audit", "verify", "--folder", str(site), "--witness", witness]
    assert main([*words, "--case", CASE]) == PROVED
    assert "4 条事实全部完好，并经见证" in capsys.readouterr().out
    sql(site / "visits.sqlite", BYTE.format(n=5))
    assert main([*words, "--case", CASE]) == FOUND
    assert f"/{SITE}/visits/request/{CASE}/1" in capsys.readouterr().out
    assert main([*words, "--period", "last year"]) == 2
    assert main([*words, "--period", "2026-04"]) == NOT_PROVED
    assert "没有这样的事实" in capsys.readouterr().out
