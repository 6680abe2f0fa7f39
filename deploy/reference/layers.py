"""A center's data, laid together: what it began with, what the hub sent instead, and on top what is its own."""

import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from deploy.reference.checking import Wrong, wrong_together
from shared.own_rules import OWN, SENT

PARTS = ("*.toml", "rules/*.toml")
REFERENCE, IN_USE = "reference", "in_use"


class NotUsable(Exception):
    """What was laid together cannot be read. Says why."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def lay(base: Path, sent: Mapping[str, bytes], into: Path) -> Path:
    """A folder in `into`, by the digest of what is in it: the same again is the same folder. Raises `NotUsable`."""
    files = {str(path.relative_to(base)): path.read_bytes() for part in PARTS for path in base.glob(part)}
    files |= {name: body for name, body in sent.items() if name != OWN}
    files[SENT] = "".join(f"{name}\n" for name in sorted(sent)).encode()
    lines = (f"{name} {sha256(body).hexdigest()}\n" for name, body in sorted(files.items()))
    digest = sha256("".join(lines).encode()).hexdigest()[:16]
    done = into / digest
    if done.is_dir():
        return done
    making = into / f".{digest}"
    shutil.rmtree(making, ignore_errors=True)
    for name, body in files.items():
        path = making / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(body)
    if wrong := wrong_together(making):
        shutil.rmtree(making)
        raise NotUsable(wrong)
    making.rename(done)
    return done


def use(folder: Path) -> None:
    """In one stroke: who reads finds the old data or the new."""
    link, new = folder.parent / IN_USE, folder.parent / f".{IN_USE}"
    new.unlink(missing_ok=True)
    new.symlink_to(folder.name)
    new.replace(link)


def in_use(site: Path) -> Path | None:
    """What a site's services read, where a hub sends; None where none does."""
    link = site / REFERENCE / IN_USE
    return link if link.is_dir() else None


def kept(site: Path) -> list[Path]:
    """All that was ever in use there: facts name the version of the rules that they were decided under."""
    return [path for path in sorted((site / REFERENCE).glob("*")) if path.is_dir() and not path.is_symlink()]
