"""`python -m services.vault`. Before it opens anything, the key table is brought to what the facts say."""

import os
from pathlib import Path

from services.vault.app import VAULT
from services.vault.desk import questions
from services.vault.events import PersonalDataRestricted, PersonalDataShredded
from services.vault.keys import KeysUnsafe, KeyTable
from shared.recorders import Recorder, open_recorder
from shared.service import OwnDesk
from shared.settings import run


def ended(recorder: Recorder, kind: str, page: int = 1000) -> list[str]:
    """The keys that the facts of this kind are about, read from the streams `subject/<kid>`."""
    kids, position = list[str](), 0
    while facts := recorder.select_notifications(position + 1, page):
        kids += [str(fact.originator_id).partition("/")[2] for fact in facts if fact.topic == kind]
        position = facts[-1].id
    return kids


def own_desk() -> OwnDesk:
    center = os.environ["CENTER"]
    try:
        keys = KeyTable(Path(os.environ["KEYS"]), center)
    except KeysUnsafe as unsafe:
        raise SystemExit(f"密钥不完整或不安全，未启动 / the keys are not complete or not safe: {unsafe}") from None
    factory, recorder = open_recorder(os.environ)
    keys.reapply(ended(recorder, PersonalDataRestricted.type), ended(recorder, PersonalDataShredded.type))
    factory.close()
    return lambda handle: questions(handle, keys, center)


if __name__ == "__main__":
    run(VAULT, own_desk)
