"""Proof that a log of stored bytes only ever grew: RFC 6962 trees, checkpoints and countersignatures (C2SP)."""
