"""The vault, put together. The only file that knows every part but the keys."""

from services.vault.access import ACCESS
from services.vault.reactions.when_request_confirmed_bind_person import when_request_confirmed_bind_person
from services.vault.subject import SUBJECT
from shared.parts import Parts

VAULT = Parts(
    name="vault",
    deciders=[SUBJECT, ACCESS],
    desk=(),  # the vault's desk is its own: see desk.py
    reactions=[when_request_confirmed_bind_person],
)
