"""What people may ask of each service: its desk, and the vault's own."""

from collections.abc import Sequence
from importlib import import_module

from shared.letters import LETTER
from shared.messages import Command
from shared.parts import Parts


def parts_of(service: str) -> Parts:
    found: Parts = getattr(import_module(f"services.{service}.app"), service.upper())
    return found


def desk_of(service: str) -> Sequence[type[Command]]:
    """Commands with roles, in the order of the desk, and what every desk answers about letters."""
    own: Sequence[type[Command]] = import_module("services.vault.desk").END_OF_USE if service == "vault" else ()
    return [*parts_of(service).desk, *own, *LETTER.commands]
