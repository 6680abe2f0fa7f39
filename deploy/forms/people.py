"""Who is named on a paper: asked of the vault, which records the opening in the case before it gives anything out."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from deploy.forms.catalogue import Form
from deploy.forms.page import ground_of
from deploy.forms.values import Document, about, tokens, word_of_case
from deploy.running import Running
from shared.sealed import VaultClient


def named_in(form: Form, facts: Sequence[Document]) -> dict[str, str]:
    """Whom the form names -> their sealed data."""
    return {whom: token for whom, token in tokens(facts).items() if any("{" + whom + "." in t for t in form.texts)}


def opened(
    running: Running, form: Form, facts: Sequence[Document], actor: str, purpose: str
) -> dict[str, dict[str, str]]:
    """Whom -> field -> value. Raises `NotSealed` with the vault's reason where it says no."""
    named = named_in(form, about(facts, ground_of(form, facts)))
    return asyncio.run(_opened(running, form, word_of_case(facts), named, actor, purpose)) if named else {}


async def _opened(
    running: Running, form: Form, case: str, named: dict[str, str], actor: str, purpose: str
) -> dict[str, dict[str, str]]:
    async with running.console() as connection:
        vault = VaultClient(connection, running.center)
        wish = f"form:{form.kind}:{uuid4().hex}"
        found = await vault.open(wish, actor, case, list(named.values()), form.person, purpose)
    return {whom: found[token] for whom, token in named.items()}
