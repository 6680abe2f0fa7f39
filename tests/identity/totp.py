"""The code that an authenticator app shows for a secret as it is handed out."""

import base64
import time

from cryptography.hazmat.primitives.twofactor.totp import TOTP

from services.identity.accounts import HASH, LENGTH, STEP


def code_of(secret: str, at: float | None = None) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(raw, LENGTH, HASH, STEP).generate(int(time.time() if at is None else at)).decode()
