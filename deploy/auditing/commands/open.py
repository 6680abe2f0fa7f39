"""`doorstep audit open CAPSULE`: verified by the same program that lies in it, and where its viewer is."""

import argparse
import webbrowser
from pathlib import Path
from zipfile import BadZipFile

from deploy.auditing.commands import show_json
from deploy.auditing.commands.capsule import asked_passphrase
from deploy.auditing.verify import FOUND, USAGE
from deploy.capsule import verifier
from deploy.capsule.archive import SEALED, Closed, Copy, unlocked
from deploy.capsule.package import VERIFIER, VIEWER
from deploy.commands import help_for, say
from deploy.commands.looking import NoAnswer, answered


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("capsule", type=Path, metavar="CAPSULE", help=help_for("capsule_file"))
    parser.add_argument("--key", help=help_for("log_key"))
    parser.add_argument("--witness", metavar="KEY", help=help_for("capsule_witness"))
    parser.add_argument("--to", type=Path, metavar="FOLDER", help=help_for("capsule_to"))
    parser.add_argument("--browse", action="store_true", help=help_for("capsule_browse"))
    parser.add_argument("--read", action="store_true", help=help_for("capsule_read"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    """Runs the verifier that is here: one that came with a capsule could say anything."""
    try:
        files = verifier.files_of(args.capsule)
        findings, state = verifier.verify(files, args.key, args.witness)
    except (OSError, KeyError, BadZipFile) as failure:
        raise NoAnswer("capsule_is_not", USAGE, cause=str(failure)) from None
    code = int(verifier.code_of(findings, state))
    if args.json:
        show_json(state | {"findings": findings, "keys_given": bool(args.key), "witness_given": bool(args.witness)})
        return code
    print("\n".join(verifier.told(findings, state, args.key, args.witness)))  # noqa: T201  # its own report
    if files.get(VERIFIER) != Path(verifier.__file__).read_bytes():
        say("capsule_other_verifier")
    if code == FOUND:
        say("capsule_unsafe")
        return code
    copy = _read(files) if args.read else None
    viewer = (args.capsule if args.capsule.is_dir() else _unpacked(files, args)) / VIEWER
    if copy:
        viewer = viewer.with_name("可读档案.html")
        for path, raw in ((viewer, copy.html), (viewer.with_suffix(".json"), copy.json)):
            path.touch(0o600)
            path.write_bytes(raw)
    say("capsule_viewer", path=viewer)
    if args.browse:
        webbrowser.open(viewer.resolve().as_uri())
    return code


def _read(files: dict[str, bytes]) -> Copy:
    if SEALED not in files:
        raise NoAnswer("capsule_no_archive", USAGE)
    try:
        return unlocked(files[SEALED], asked_passphrase())
    except Closed:
        raise NoAnswer("capsule_wrong_passphrase", FOUND) from None


def _unpacked(files: dict[str, bytes], args: argparse.Namespace) -> Path:
    """Beside the capsule. Only what the verifier found good, so no name leads elsewhere."""
    folder: Path = args.to or args.capsule.with_suffix("")
    for name, raw in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NoAnswer("capsule_is_not", USAGE, cause=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return folder
