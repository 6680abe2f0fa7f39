"""`doorstep phrases`: the card of prescribed and taboo phrases, stage by stage, to print and to carry (DOMAIN 13)."""

import argparse

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.commands import SAMPLE_CENTER, help_for, language
from deploy.supervisor import CENTERS
from shared.phrases import load_language
from shared.rules import load_rules


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--center", default=SAMPLE_CENTER, help=help_for("center_code"))


def main(args: argparse.Namespace) -> int:
    folder, console, lang = CENTERS / args.center, Console(), language()
    zh = lang == "zh"
    said, rules = load_language(folder), load_rules(folder)
    center = said.center["center"][lang]
    table = Table(title=f"{center} {'服务用语' if zh else 'service language'} {said.version}", box=SIMPLE_HEAD,
                  show_edge=False, pad_edge=False, expand=True)  # fmt: skip
    for name in ("编号", "环节", "规定用语") if zh else ("id", "stage", "what is said"):
        table.add_column(name, overflow="fold", no_wrap=name in {"编号", "id"})
    for name, phrase in said.card(rules):
        table.add_row(name, phrase.stage[lang], said.phrase(name, {}, rules, lang))
    console.print(table)
    console.print(f"\n{'文明用语' if zh else 'courtesy'}: {'、'.join(said.courtesy)}", markup=False)
    console.print(f"{'忌语' if zh else 'never said'}: {'；'.join(said.taboo)}", markup=False)
    return 0
