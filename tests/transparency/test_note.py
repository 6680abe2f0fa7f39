"""Notes as Go's own package signs them, checkpoints, keys in files, and a witness that only follows what grew."""

from base64 import b64decode

import pytest

from shared.transparency.checkpoint import Checkpoint, Inclusion, of_log, origin_of, read
from shared.transparency.key_file import KeyUnsafe, signing_key
from shared.transparency.note import TIMED, NoteInvalid, Signer, Verifier, opened
from shared.transparency.tree import DEFAULT, NotProved, consistency, held, inclusion, root_of
from shared.transparency.witness import Witness, request

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = origin_of("620105", "visits", DEFAULT)
LEAVES = [DEFAULT.leaf(f"fact {n}".encode()) for n in range(20)]


@pytest.fixture(scope="module")
def log():
    return Signer.make("doorstep/620105")


class Memory:
    def __init__(self):
        self.notes = []

    def last(self, origin):
        return next((c for c, _ in reversed(self.notes) if c.origin == origin), None)

    def keep(self, checkpoint, note):
        self.notes.append((checkpoint, note))


def sealed(log, leaves, when=1_000):
    return Checkpoint(ORIGIN, len(leaves), root_of(leaves)).signed(log, when)


def test_a_note_that_go_signed_holds_and_a_changed_one_does_not():
    signed = opened(GO_NOTE, [Verifier.parse(GO_KEY)])
    assert signed.by == ((Verifier.parse(GO_KEY), None),)
    with pytest.raises(NoteInvalid, match="does not hold"):
        opened(GO_NOTE.replace("answer", "Answer"), [Verifier.parse(GO_KEY)])
    with pytest.raises(NoteInvalid, match="nobody known"):
        opened(GO_NOTE, [])


def test_a_key_is_read_back_as_it_was_written(log):
    assert Signer.parse(log.secret()) == log
    assert Verifier.parse(str(log.verifier())) == log.verifier()
    with pytest.raises(NoteInvalid, match="does not fit"):
        Verifier.parse(str(log.verifier()).replace("620105", "620104"))


def test_a_checkpoint_says_how_much_of_what_and_when(log):
    note = sealed(log, LEAVES, when=1_700_000_000)
    assert note.split("\n")[:2] == ["doorstep/620105/visits/sha256-ed25519", "20"]
    assert b64decode(note.split("\n")[2]) == root_of(LEAVES)
    plain, timed = of_log(log.verifier())
    found = read(note, ORIGIN, [plain, timed])
    assert found.checkpoint == Checkpoint(ORIGIN, 20, root_of(LEAVES))
    assert (found.when(timed), found.when(plain)) == (1_700_000_000, None)
    with pytest.raises(NoteInvalid, match="another log"):
        read(note, origin_of("620105", "intake", DEFAULT), [plain])
    with pytest.raises(NoteInvalid, match="does not hold"):
        read(note.replace("\n20\n", "\n21\n"), ORIGIN, [plain])


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\n??\n", "a\n1\nAAAA\n\nb\n"]
)
def test_what_is_no_checkpoint_is_not_read_as_one(text):
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


def test_a_proof_is_kept_in_a_file_and_checked_with_the_bytes_alone(log):
    proof = Inclusion(7, inclusion(held(LEAVES), 7, 20), sealed(log, LEAVES))
    again = Inclusion.parse(str(proof))
    assert again.check(b"fact 7", [log.verifier()]).checkpoint.size == 20
    with pytest.raises(NotProved):
        again.check(b"fact 8", [log.verifier()])
    with pytest.raises(NoteInvalid):
        again.check(b"fact 7", [Signer.make("doorstep/620105").verifier()])


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys" / "audit.key"
    made = signing_key(path, "doorstep/620105", make=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing_key(path, "doorstep/620105", make=True) == made
    assert signing_key(tmp_path / "other.key", "doorstep/620105", make=True) != made
    with pytest.raises(KeyUnsafe, match="the key of"):
        signing_key(path, "doorstep/620104", make=False)
    path.chmod(0o640)
    with pytest.raises(KeyUnsafe, match="chmod 600"):
        signing_key(path, "doorstep/620105", make=False)
    path.unlink()
    with pytest.raises(KeyUnsafe, match="missing"):
        signing_key(path, "doorstep/620105", make=False)


def test_a_witness_follows_what_grew_and_signs_with_the_time(log):
    book, signer = Memory(), Signer.make("audit-office.example/w1")
    witness = Witness(signer, {log.name: log.verifier()}, book)
    first = witness.add_checkpoint(request(0, [], sealed(log, LEAVES[:8])), 5_000)
    assert first.status == 200
    signed = opened(sealed(log, LEAVES[:8]) + first.body, [signer.verifier(TIMED)])
    assert signed.when(signer.verifier(TIMED)) == 5_000
    second = request(8, consistency(held(LEAVES), 8, 20), sealed(log, LEAVES))
    assert witness.add_checkpoint(second, 5_060).status == 200
    assert [checkpoint.size for checkpoint, _ in book.notes] == [8, 20]


@pytest.mark.parametrize(("body", "status"), [
    (lambda log: request(0, [], sealed(log, LEAVES)), 409),                       # it knows more than that
    (lambda log: request(8, [LEAVES[0]] * 3, sealed(log, LEAVES)), 422),          # no proof
    (lambda log: request(8, consistency(held([LEAVES[1], *LEAVES[1:]]), 8, 20),   # written anew
                         sealed(log, [LEAVES[1], *LEAVES[1:]])), 422),
    (lambda log: request(8, [], sealed(log, LEAVES[:7])), 400),                   # smaller
    (lambda log: request(8, [], sealed(log, [LEAVES[1], *LEAVES[1:8]])), 409),    # as large, but another
    (lambda log: request(8, [], sealed(Signer.make("doorstep/1"), LEAVES[:8])).replace("/620105/", "/1/"), 404),
    (lambda log: request(8, [], sealed(Signer.make(log.name), LEAVES[:8])), 403), # somebody else's key
    (lambda log: "old 08\n\n" + sealed(log, LEAVES[:8]), 400),
])  # fmt: skip
def test_a_witness_signs_nothing_else(log, body, status):
    book = Memory()
    witness = Witness(Signer.make("audit-office.example/w1"), {log.name: log.verifier()}, book)
    witness.add_checkpoint(request(0, [], sealed(log, LEAVES[:8])), 5_000)
    reply = witness.add_checkpoint(body(log), 5_060)
    assert reply.status == status
    assert "—" not in reply.body
    assert len(book.notes) == 1
    assert status != 409 or (reply.body, reply.content_type) == ("8\n", "text/x.tlog.size")
