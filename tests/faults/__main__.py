"""`python -m tests.faults [SCENARIO …] [--seed S] [--minutes M] [--json] [NAME=NUMBER …]`.

Without a scenario: all of them, again and again with other seeds, until the minutes are over. Every run prints its
seed first; what it leaves is kept where something was found.
"""

import argparse
import asyncio
import inspect
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TextIO

from tests.faults.every import EVERY
from tests.faults.trial import Result


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"{', '.join(EVERY)}; NAME=NUMBER: how much of it")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float, default=0.0, help="go on with other seeds for so long")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_intermixed_args(words)
    named = [word for word in args.scenario if "=" not in word] or list(EVERY)
    sizes = {name: int(number) for name, _, number in (word.partition("=") for word in args.scenario if "=" in word)}
    if unknown := set(named) - set(EVERY):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    until, first, results = time.monotonic() + 60 * args.minutes, True, list[Result]()
    while first or time.monotonic() < until:
        for name in named:
            if first or time.monotonic() < until:
                results.append(_one(name, seed, sizes, as_json=args.json))
        seed, first = seed + 1, False
    bad = [f"{each.scenario} seed={each.seed}" for each in results if not each.good]
    totals = {each: sum(result.figures.get(each, 0) for result in results) for each in ("commands accepted", "facts")}
    _say(f"{len(results)} runs, {len(bad)} broken: {', '.join(bad) or '-'}; in all {totals}", sys.stderr)
    return 1 if bad else 0


def _one(name: str, seed: int, sizes: dict[str, int], *, as_json: bool) -> Result:
    scenario = EVERY[name]
    taken = {key: size for key, size in sizes.items() if key in inspect.signature(scenario).parameters}
    again = " ".join(f"{key}={size}" for key, size in taken.items())
    _say(f"SEED={seed} python -m tests.faults {name} --seed {seed} {again}".rstrip(), sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix=f"fault-{name}-"))
    began = time.monotonic()
    try:
        result = asyncio.run(scenario(folder, seed, **taken))
    except Exception as broken:  # noqa: BLE001  # the hour goes on, and it counts as broken
        _say("".join(traceback.format_exception(broken)), sys.stderr)
        result = Result(name, seed)
        result.expect(False, "stuck", f"it ended with {type(broken).__name__}: {broken}")
    result.figures["seconds in all"] = round(time.monotonic() - began)
    if result.good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        result.figures["kept in"] = str(folder)
    if as_json:
        told = {"scenario": name, "seed": seed, "figures": result.figures,
                "violations": [violation._asdict() for violation in result.violations]}  # fmt: skip
        _say(json.dumps(told, ensure_ascii=False))
    else:
        _say("\n".join(result.lines()))
    return result


def _say(text: str, to: TextIO | None = None) -> None:
    print(text, file=to, flush=True)  # a command speaks here


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
