"""`doorstep audit why N`: each decision of a case, what else was possible then, and the rule that excluded the rest."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.auditing.access import NotNoted, note, reader
from deploy.auditing.alternatives import Alternative, Why, rule_of, shown, why
from deploy.auditing.book import book
from deploy.auditing.commands import options, show_json, site_of
from deploy.auditing.replay import code_version
from deploy.auditing.rulebook import versions
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.history_lines import read
from deploy.wrapped import Wrapped
from services.audit.events import HistoryRead
from shared.calendar import SHANGHAI
from shared.decider import Refused
from shared.rules import Rule, Rules
from shared.words import blank, sentence, word

MANY = 6  # values named one by one


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--all", action="store_true", help=help_for("why_all"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    number, folder = number_of(args), folder_of(args)
    with book(folder) as of_site:
        if not of_site.kept(number):
            raise NoAnswer("no_such_case", NOT_PROVED, number=number)
        noted_first(folder, args.actor, HistoryRead(asked="why"), number)
        found = why(of_site, number, versions(site_of(folder), folder), everything=args.all)
    exact = sum(each.command is not None for each in found)
    if args.json:
        show_json({"case": number, "decisions": len(found), "reproduced": exact, "code": code_version(),
                   "why": [shown(each) for each in found]})  # fmt: skip
    else:
        _show(number, found, whole=args.all)
    return PROVED if exact == len(found) else NOT_PROVED


def noted_first(folder: object, actor: str, fact: HistoryRead, number: str | None = None) -> None:
    """Before anything is shown."""
    try:
        note(folder, actor, fact, number)  # type: ignore[arg-type]  # a Path
    except Refused as no:
        raise NoAnswer("why_not_noted", USAGE, cause=sentence("why", no.why, no.about, language())) from None
    except NotNoted as failure:
        raise NoAnswer("why_not_noted", USAGE, cause=str(failure)) from None


def _show(number: str, found: Sequence[Why], *, whole: bool) -> None:
    console, people = Console(), sum(each.source == "people" for each in found)
    console.print(_says("title", number=number, total=len(found), people=people), highlight=False)
    table = Table(box=SIMPLE_HEAD, show_header=False, show_edge=False, pad_edge=False, expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for each in found:
        if whole or each.source == "people":
            for row in _rows(each, whole=whole):
                table.add_row(*row)
            table.add_section()
    console.print(table)
    console.print(Wrapped(_says("how_asked")))
    for line in _reproduced(found):
        console.print(Wrapped(line))


def _reproduced(found: Sequence[Why]) -> Iterator[str]:
    exact = sum(each.command is not None for each in found)
    rules = ", ".join(dict.fromkeys(str(each.taken.envelope["rules"]) for each in found))
    yield _says("exact", exact=exact, total=len(found), code=code_version(), rules=rules)
    if missing := [each for each in found if each.rules and not each.command]:
        yield _says("not_exact", kinds="; ".join(dict.fromkeys(", ".join(each.taken.types) for each in missing)))
    strange = Counter(str(each.taken.envelope["rules"]) for each in found if not each.rules)
    for version, count in strange.items():
        yield _says("other_rules", version=version, count=count)


def _rows(each: Why, *, whole: bool) -> Iterator[tuple[Text | str, Text | str, Wrapped]]:
    at = datetime.fromisoformat(each.taken.envelope["time"]).astimezone(SHANGHAI)
    yield Text(f"{at:%m-%d %H:%M}", "bold"), Text(_says("decided"), "bold"), Wrapped(_decided(each))
    for fact in each.deviations:
        data = fact["data"]
        said = sentence("why", data["why"], data.get("about", {}), language())
        yield "", "", Wrapped(Text(_says("deviated", rule=data["rule"], sentence=said), "yellow"))
    others = each.alternatives
    if names := list(_named_once([other for other in others if other.standing == "open"])):
        yield "", Text(_says("open"), "green"), Wrapped("、".join(names) if language() == "zh" else ", ".join(names))
    for standing in ("excluded", "undecided"):
        for n, group in enumerate(_by_reason([other for other in others if other.standing == standing])):
            style = "red" if standing == "excluded" else "yellow"
            yield "", Text(_says(standing) if not n else "", style), Wrapped(_because(group, each.rules))
    for standing in ("no_effect", "impossible"):
        names = [_named(other) for other in others if other.standing == standing]
        if names and (whole or standing == "impossible"):
            line = _says(f"{standing}_line", count=len(names), names=_few(names, 99 if whole else 5))
            yield "", "", Wrapped(Text(line, "dim"))


def _decided(each: Why) -> Text:
    lines = [read(fact, language()) for fact in each.facts]
    line = next((line for line in lines if line.kind != "rule_deviated.v1"), lines[0])
    name = word("codes_command", type(each.command).__name__, language()) if each.command else _says("not_told_again")
    source = {"clock": _says("by_clock"), "reaction": _says("by_reaction")}.get(each.source, line.who)
    text = Text(f"{name} ", "bold")
    text.append(f"· {source} · {line.says}", "")
    situation = word("codes_situation", each.situation, language())
    text.append(f" · {_says('situation', situation=situation)} · {line.rule}", "dim")
    return text


def _by_reason(others: Sequence[Alternative]) -> list[list[Alternative]]:
    groups: dict[tuple[str, str], list[Alternative]] = {}
    for other in others:
        groups.setdefault((other.rule, other.reason), []).append(other)
    return list(groups.values())


def _because(group: Sequence[Alternative], rules: Rules | None) -> Text:
    """The rule's own sentence to the command, then the rule: its text, grade and source, and who may let it pass."""
    first = group[0]
    text = Text(_few(list(_named_once(group)), 99))
    text.append(f" — {first.rule} {first.reason if language() == 'zh' else first.reason_en}")
    if first.depends_on:
        text.append(f" {_says('depends_on', fields=', '.join(_fields(first)))}", "yellow")
    known = rule_of(rules, first.rule) if rules else None
    if known:
        said = (known.zh if language() == "zh" else known.en) if isinstance(known, Rule) else ""
        parts = [said, _says("grade", grade=known.grade), known.source]
        if may := sorted(rules.may_override(first.rule)) if rules else []:
            parts.append(_says("may_override", roles=", ".join(word("roles", role, language()) for role in may)))
        text.append(f" [{'; '.join(part for part in parts if part)}]", "dim")
    return text


def _named_once(others: Sequence[Alternative]) -> Iterator[str]:
    """Each command by its name; the other values of the same one together."""
    groups: dict[tuple[str, bool], list[Alternative]] = {}
    for other in others:
        groups.setdefault((other.command, bool(other.field) and other.field != "origin"), []).append(other)
    for (command, by_values), group in groups.items():
        if not by_values:
            yield from map(_named, group)
            continue
        said = [_says("of_field", field=word("audit_field", each.field, language()), values=_few(_values(each), MANY))
                for each in group]  # fmt: skip
        joined = ("；" if language() == "zh" else "; ").join(said)
        yield _says("with_values", command=word("codes_command", command, language()), values=joined)


def _named(other: Alternative) -> str:
    name = word("codes_command", other.command, language())
    return _says("in_a_live_case", command=name) if other.field == "origin" else name


def _fields(other: Alternative) -> list[str]:
    return [word("audit_field", name, language()) for name in other.depends_on]


def _values(other: Alternative) -> list[str]:
    yes = {"True": True, "False": False}
    return [blank(other.field, yes.get(value, value), language()) for value in other.values]


def _few(names: Sequence[str], most: int) -> str:
    joined = ("、" if language() == "zh" else ", ").join(names[:most])
    return joined if len(names) <= most else f"{joined} {_says('more', count=len(names))}"


def _says(key: str, **about: object) -> str:
    return sentence("audit_why", key, about, language())
