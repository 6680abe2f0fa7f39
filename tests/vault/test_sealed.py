"""Envelopes: only the receiver reads them, and nobody changes them unnoticed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sealed import Unreadable, decrypt_with, encrypt_to, from_text, parse_token, public_text, to_text

KEY = X25519PrivateKey.generate()


@given(st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_the_receiver_reads_what_was_sent(content):
    assert decrypt_with(KEY, encrypt_to(public_text(KEY), content)) == content


def test_another_key_reads_nothing():
    with pytest.raises(Unreadable):
        decrypt_with(X25519PrivateKey.generate(), encrypt_to(public_text(KEY), b"content"))


def test_a_change_of_any_bit_is_noticed():
    """Also of the one that X25519 itself ignores."""
    envelope = from_text(encrypt_to(public_text(KEY), b"content"))
    for bit in range(len(envelope) * 8):
        changed = bytearray(envelope)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable):
            decrypt_with(KEY, to_text(bytes(changed)))


def test_two_envelopes_of_one_content_differ():
    assert encrypt_to(public_text(KEY), b"content") != encrypt_to(public_text(KEY), b"content")


@pytest.mark.parametrize("broken", ["", "AA", "ÄÖ", "\x01", "A" * 100, to_text(b"\x01" + bytes(60))])
def test_what_is_no_envelope_is_unreadable(broken):
    with pytest.raises(Unreadable):
        decrypt_with(KEY, broken)


@pytest.mark.parametrize("broken", ["", "AA", to_text(bytes(32)), "不是钥匙"])
def test_what_is_no_public_key_is_refused(broken):
    with pytest.raises(Unreadable):
        encrypt_to(broken, b"content")


def test_a_token_is_written_as_it_is_read():
    text = f"sealed:v1:{'0a' * 16}:AAECAw"
    assert str(parse_token(text)) == text


@pytest.mark.parametrize(
    "broken", ["", "sealed:v1:13900000001:AAEC", "sealed:v2:" + "0a" * 16 + ":AA", "sealed:v1:" + "0A" * 16 + ":AA"]
)
def test_nothing_else_passes_for_a_token(broken):
    with pytest.raises(Unreadable):
        parse_token(broken)
