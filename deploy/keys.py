"""The keys of a site: an NKey for each that speaks to the broker, made at the first start, never with a default.

`keys/<name>.nk` holds a seed (0600). A service vouches for itself with the same key; the console's key vouches for
whoever works at this machine; where staff sign in for nobody but the machine itself.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import nkeys

from shared.actors import Issuer, kid_of, raw_seed
from shared.bus import Bus
from shared.rights import PEOPLE, speaks_for

ADMIN, CONSOLE = "admin", "console"  # who makes streams; who works at this machine
OF_THE_MACHINE = ("auditor:console", "operator:machine")  # what is looked at, and cared for, by nobody in particular


def seed_path(folder: Path, name: str) -> Path:
    return folder / "keys" / f"{name}.nk"


def bus_of(folder: Path, url: str, name: str) -> Bus:
    """The way to a site's broker for one of those whose keys are in its folder."""
    ca = folder / "tls" / "ca.crt" if url.startswith("tls://") else None
    return Bus(url, name, seed_path(folder, name), ca)


def made(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Name -> public NKey; what is not there is made."""
    (folder / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    return {name: _public(seed_path(folder, name)) for name in names}


def _public(path: Path) -> str:
    if not path.exists():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
        new.replace(path)
    return str(nkeys.from_seed(bytearray(path.read_bytes().strip())).public_key.decode())


def issuer(folder: Path, name: str, center: str) -> Issuer:
    return Issuer(raw_seed(seed_path(folder, name)), center)


def write_vouchers(folder: Path, center: str, services: Sequence[str], *, sign_in: bool = False) -> Path:
    """`actors.json`: whose signature is believed, for whom. `sign_in`: staff do, and so speak for themselves."""
    keys = {kid_of(issuer(folder, name, center).public): speaks_for(name) for name in services}
    if seed_path(folder, CONSOLE).exists():
        anybody = () if sign_in else tuple(f"{role}:*" for role in PEOPLE)
        keys[kid_of(issuer(folder, CONSOLE, center).public)] = (*OF_THE_MACHINE, *anybody)
    said = {"keys": [{"public": public, "vouches": sorted(vouches)} for public, vouches in keys.items()]}
    path = folder / "keys" / "actors.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(said, indent=1), "utf-8")
    new.replace(path)
    return path
