"""`make obligations`: id, rule, tests, grade, source, and whether the tests bite; exit 1 where one does not."""

import argparse
import json
import os
import sys
from typing import Any

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from shared.words import Language
from tests.obligations.proof import Proof
from tests.obligations.register import ALL, entry

SAYS = {
    "zh": {
        "id": "编号", "rule": "义务", "grade": "等级", "tests": "测试", "proved": "证明", "source": "出处",
        "yes": "✓ 关闭即失败", "none": "✗ 没有测试", "toothless": "✗ 关闭后仍通过", "no_rule": "✗ 没有规则数据",
        "sum": "{proved}/{all} 条义务与时限已证明：逐条关闭规则，带其编号的测试必须失败。等级：SEED 编制说明，A 法规，"
               "B 官方文本，C 摘要，D 实践，K 背景知识，I 推定（各中心可关闭）。",
        "broken": "原样即失败的测试", "unknown": "没有这个编号", "working": "正在逐条关闭",
    },
    "en": {
        "id": "id", "rule": "obligation", "grade": "grade", "tests": "tests", "proved": "proved", "source": "source",
        "yes": "✓ fails when off", "none": "✗ no test", "toothless": "✗ passes when off", "no_rule": "✗ no rule data",
        "sum": "{proved} of {all} obligations and time limits proved: each is switched off and every test that carries "
               "its id must fail. Grades: SEED drafting explanation, A statute, B official text, C summary, "
               "D practice, K background, I inferred (each center may switch it off).",
        "broken": "tests that fail as they are", "unknown": "no such id", "working": "switching off one by one",
    },
}  # fmt: skip

QUIETLY = ("-p", "no:terminal", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers")


def main() -> int:
    parser = argparse.ArgumentParser(prog="doorstep obligations", description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these, e.g. V-02 T09")
    parser.add_argument("--en", "--english", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sources", action="store_true", help="with the source of each")
    args = parser.parse_args()
    lang: Language = "en" if args.en or os.environ.get("DOORSTEP_LANG") == "en" else "zh"
    proof = prove(args.ids, lang)
    chosen = [name for name in ALL if not args.ids or name in args.ids]
    if args.json:
        json.dump([document(name, proof) for name in chosen], sys.stdout, ensure_ascii=False, indent=1)
    else:
        show(Console(), chosen, proof, lang, sources=args.sources)
    good = all(proof.found[name].holds and entry(name).whole for name in chosen)
    return 0 if good and not proof.broken and not proof.unknown else 1


def prove(ids: list[str], lang: Language) -> Proof:
    columns = TextColumn(SAYS[lang]["working"]), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        proof = Proof(ids, lambda done, whole: bar.update(task, completed=done, total=whole))
        code = pytest.main([*QUIETLY, "tests"], [proof])
    if code not in {0, pytest.ExitCode.NO_TESTS_COLLECTED}:
        sys.exit(f"pytest: {code!r}")
    return proof


def verdict(name: str, proof: Proof) -> str:
    proved = proof.found[name]
    if not entry(name).whole:
        return "no_rule"
    if not proved.tests:
        return "none"
    return "toothless" if proved.toothless else "yes"


def document(name: str, proof: Proof) -> dict[str, Any]:
    known, proved = entry(name), proof.found[name]
    return {**known._asdict(), "id": name, "tests": sorted(proved.tests), "toothless": proved.toothless,
            "verdict": verdict(name, proof)}  # fmt: skip


def show(console: Console, chosen: list[str], proof: Proof, lang: Language, *, sources: bool) -> None:
    says = SAYS[lang]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True)
    table.add_column(says["id"], no_wrap=True)
    table.add_column(says["rule"], ratio=3, overflow="fold")
    table.add_column(says["grade"], no_wrap=True)
    table.add_column(says["tests"], ratio=2, overflow="fold")
    if sources:
        table.add_column(says["source"], ratio=2, overflow="fold")
    table.add_column(says["proved"], no_wrap=True)
    for name in chosen:
        known, proved, how = entry(name), proof.found[name], verdict(name, proof)
        tests = [each.rpartition("::")[2].removeprefix("test_") for each in sorted(proved.toothless or proved.tests)]
        shown = [*tests[:2], *([f"+{len(tests) - 2}"] if len(tests) > 2 else [])]
        source = [known.source or "—"] if sources else []
        table.add_row(name, known.says(lang), known.grade or "—", "\n".join(shown) or "—", *source, says[how],
                      style="" if how == "yes" else "red")  # fmt: skip
    console.print(table)
    for title, wrong in ((says["broken"], proof.broken), (says["unknown"], proof.unknown)):
        for test, why in wrong.items():
            console.print(f"{title}: {test}  {why}", style="red", markup=False)
    proved = sum(verdict(name, proof) == "yes" for name in chosen)
    console.print(says["sum"].format(proved=proved, all=len(chosen)), markup=False)


if __name__ == "__main__":
    sys.exit(main())
