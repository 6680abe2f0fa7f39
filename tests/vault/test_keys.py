"""The key table: what it keeps, what it refuses, and what it no longer holds."""

import shutil
import stat
from datetime import date

import pytest

from services.vault.keys import KeysUnsafe, KeyTable
from shared.decider import Refused
from shared.sealed import parse_token, to_text

DAY = date(2026, 3, 2)
CONTENT = '{"name":"测试甲","phone":"13900000001"}'.encode()


@pytest.fixture
def keys(tmp_path):
    table = KeyTable(tmp_path / "keys", "620105")
    yield table
    table.close()


def why(call, *args, **about):
    with pytest.raises(Refused) as refused:
        call(*args, **about)
    return refused.value.why


def disk(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_H05_what_was_sealed_is_opened(keys):
    stored = keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    assert keys.open(stored.token) == {"name": "测试甲", "phone": "13900000001"}


def test_the_same_command_gives_the_same_token_also_after_a_restart(keys, tmp_path):
    first = keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    keys.close()
    again = KeyTable(tmp_path / "keys", "620105")
    assert again.seal("clerk:F01", "c1", CONTENT, on=date(2027, 1, 1)) == first
    again.close()


def test_the_same_command_with_another_content_is_refused(keys):
    keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    assert why(keys.seal, "clerk:F01", "c1", CONTENT + b" ", on=DAY) == "other_body"


def test_the_same_command_under_another_key_is_refused(keys):
    kid = parse_token(keys.seal("clerk:F01", "c1", CONTENT, on=DAY).token).kid
    keys.seal("clerk:F01", "c2", CONTENT, on=DAY)
    assert why(keys.seal, "clerk:F01", "c2", CONTENT, on=DAY, kid=kid) == "other_body"


def test_every_sealing_has_a_key_of_its_own(keys):
    tokens = [parse_token(keys.seal("clerk:F01", f"c{n}", CONTENT, on=DAY).token) for n in range(3)]
    assert len({token.kid for token in tokens}) == len({token.content for token in tokens}) == 3
    swapped = f"sealed:v1:{tokens[0].kid}:{to_text(tokens[1].content)}"
    assert why(keys.open, swapped) == "token_unreadable"


def test_a_change_of_any_byte_of_a_token_is_noticed(keys):
    token = parse_token(keys.seal("clerk:F01", "c1", CONTENT, on=DAY).token)
    for place in range(len(token.content)):
        changed = bytearray(token.content)
        changed[place] ^= 0x80
        assert why(keys.open, f"sealed:v1:{token.kid}:{to_text(bytes(changed))}") == "token_unreadable"


def test_a_text_is_not_sealed_under_a_key_that_nobody_made(keys):
    assert why(keys.seal, "clerk:F01", "c1", b"{}", on=DAY, kid="0" * 32) == "unknown_key"


def test_H04_a_restricted_key_opens_nothing_and_is_still_there(keys):
    stored = keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    keys.restrict(parse_token(stored.token).kid)
    assert why(keys.open, stored.token) == "restricted"
    assert keys._db.execute("SELECT wrapped FROM data_key").fetchone()[0]


def test_H05_a_shredded_key_is_gone_from_the_disk(keys, tmp_path):
    stored = keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    kid = parse_token(stored.token).kid
    wrapped, digest = keys._db.execute("SELECT wrapped, digest FROM data_key JOIN sealing USING (kid)").fetchone()
    assert wrapped in disk(tmp_path)
    keys.shred(kid)
    assert wrapped not in disk(tmp_path)
    assert digest not in disk(tmp_path)
    assert why(keys.open, stored.token) == "shredded"
    assert why(keys.seal, "clerk:F01", "c1", CONTENT, on=DAY) == "shredded"


def test_H05_a_restored_table_is_shredded_again(keys, tmp_path):
    held, gone, kept = (keys.seal("clerk:F01", f"c{n}", CONTENT, on=DAY).token for n in range(3))
    keys.close()
    shutil.copytree(tmp_path / "keys", tmp_path / "copy")
    restored = KeyTable(tmp_path / "copy", "620105")
    assert restored.open(gone)
    restored.reapply([parse_token(kept).kid], [parse_token(gone).kid])
    assert (why(restored.open, kept), why(restored.open, gone)) == ("restricted", "shredded")
    assert restored.open(held)
    restored.close()


def test_nothing_is_in_the_clear_in_the_folder(keys, tmp_path):
    keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    whole = disk(tmp_path)
    assert not any(part in whole for part in (b"13900000001", "测试甲".encode(), CONTENT))


def test_only_the_owner_reads_the_folder(keys, tmp_path):
    keys.seal("clerk:F01", "c1", CONTENT, on=DAY)
    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"kek", "reference.key", "x25519.key", "keys.sqlite", "keys.sqlite-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_keys_that_others_can_read_stop_the_start(keys, tmp_path):
    keys.close()
    (tmp_path / "keys" / "kek").chmod(0o640)
    with pytest.raises(KeysUnsafe):
        KeyTable(tmp_path / "keys", "620105")


@pytest.mark.parametrize("secret", ["kek", "reference.key", "x25519.key"])
def test_a_secret_that_is_lost_is_not_made_anew_beside_a_table(keys, tmp_path, secret):
    keys.close()
    (tmp_path / "keys" / secret).unlink()
    with pytest.raises(KeysUnsafe):
        KeyTable(tmp_path / "keys", "620105")


def test_a_table_of_another_key_stops_the_start(keys, tmp_path):
    keys.close()
    (tmp_path / "keys" / "kek").write_bytes(bytes(32))
    with pytest.raises(KeysUnsafe):
        KeyTable(tmp_path / "keys", "620105")


def test_no_two_installations_have_the_same_secrets(keys, tmp_path):
    other = KeyTable(tmp_path / "other", "620105")
    names = ("kek", "reference.key", "x25519.key")
    assert not {(tmp_path / "keys" / n).read_bytes() for n in names} & {(tmp_path / "other" / n).read_bytes()
                                                                       for n in names}  # fmt: skip
    other.close()


def test_references_are_equal_within_a_center_and_unequal_across(keys, tmp_path):
    neighbour = KeyTable(tmp_path / "keys", "620102")  # the same site, so the same secrets
    here, there = (table.reference("id_card", "620105195001011230") for table in (keys, neighbour))
    assert here == keys.reference("id_card", "620105195001011230")
    assert here != there
    assert here != keys.reference("residence_permit", "620105195001011230")
    neighbour.close()
