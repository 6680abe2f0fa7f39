"""`doorstep form KIND NUMBER`: a printable paper of a case, in Chinese; `--list`: which papers there are."""

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.commands import SAMPLE_CENTER, help_for, language, say
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.commands.tell import site, told
from deploy.facts import Site
from deploy.forms.catalogue import Form, Forms, load_forms
from deploy.forms.page import NoGround, blank_of, ground_of, render
from deploy.forms.people import opened
from deploy.forms.values import Document
from deploy.notices import language_of
from deploy.reference.layers import in_use
from deploy.session import acting
from deploy.supervisor import CENTERS
from shared.calendar import SHANGHAI
from shared.messages import Answer
from shared.rules import load_rules
from shared.sealed import NotSealed
from shared.words import word


class _List(argparse.Action):
    """As `--help` does: shows, and is done."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        _listed(load_forms(CENTERS / SAMPLE_CENTER))
        parser.exit()


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=help_for("form_kind"))
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--list", action=_List, nargs=0, help=help_for("form_list"))
    parser.add_argument("--out", type=Path, metavar="FILE.html", help=help_for("form_out"))
    parser.add_argument("--blank", action="store_true", help=help_for("form_blank"))
    parser.add_argument("--open", action="store_true", help=help_for("form_open"))
    parser.add_argument(
        "--as", dest="actor", default=acting(["clerk"], "clerk:F01"), metavar="ROLE:ID", help=help_for("as")
    )
    parser.add_argument("--purpose", help=help_for("form_purpose"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    number = number_of(args)
    facts = Site(folder_of(args)).case(number)
    if not facts:
        raise NoAnswer("no_such_case", 4, number=number)
    return _form(args, number, facts)


def _form(args: argparse.Namespace, number: str, facts: Sequence[Document]) -> int:
    center = facts[0]["source"].split("/")[1]
    known = CENTERS / (center if (CENTERS / center / "forms.toml").exists() else SAMPLE_CENTER)
    folder = (in_use(folder_of(args)) or known).resolve()
    forms = load_forms(folder)
    form = forms.forms.get(args.kind)
    if form is None:
        say("form_unknown", kind=args.kind)
        _listed(forms)
        return 2
    if args.blank:
        if not form.carried:
            say("form_not_carried", title=titled(form))
            return 2
        form, facts = blank_of(form, facts)
    try:
        ground_of(form, facts)
    except NoGround:
        say("form_no_ground", case=number, title=titled(form), needs=grounds_in_words(form))
        return 5
    people: Mapping[str, Mapping[str, str]] = {}
    if args.open:
        running = site()
        if running is None:
            return 3
        try:
            people = opened(running, form, facts, args.actor, args.purpose or form.purpose)
        except NotSealed as no:
            return told(Answer(accepted=False, rule=no.rule, reason=no.reason, reason_en=no.reason_en))
        except (NatsError, OSError, TimeoutError):
            say("no_answer", service="vault")
            return 3
    page = render(form, facts, load_rules(folder), language_of(folder), forms, datetime.now(SHANGHAI).date(), people)
    return _given(page, args.out)


def _given(page: str, out: Path | None) -> int:
    if out is None:
        print(page, end="")  # noqa: T201  # this is the answer
        return 0
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(page)  # readable by whoever printed it alone: it may name somebody
    say("form_written", file=out)
    return 0


def titled(form: Form) -> str:
    return form.title if language() == "zh" else word("forms", form.kind, "en")


def grounds_in_words(form: Form) -> str:
    names = [word("grounds", ground, language()) for ground in form.grounds]
    return (" 或 " if language() == "zh" else " or ").join(names)


def _listed(forms: Forms) -> None:
    zh = language() == "zh"
    shown = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("种类", "文书", "依据的记录", "义务") if zh else ("kind", "paper", "rests on", "obligations"):
        shown.add_column(name, overflow="fold", no_wrap=name in {"种类", "kind"})
    for form in forms.forms.values():
        shown.add_row(form.kind, titled(form), grounds_in_words(form), "、".join(form.rules))
    Console().print(shown)
