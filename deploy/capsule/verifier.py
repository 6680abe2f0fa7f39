#!/usr/bin/env python3
"""Verifies a capsule of facts with nothing but the standard library of Python 3.9. Read it before you trust it.

    python3 verify.py [CAPSULE.zip or its folder] [--key LOGKEY] [--witness KEY]

1. every file is what SHA256SUMS says, and there is no other file;
2. every fact hashes to its leaf, and all leaves of a log lead to the root of its checkpoint (RFC 6962, 2.1);
3. the checkpoint is signed by the log's key, and by witnesses (C2SP signed-note, tlog-cosignature; Ed25519, RFC 8032);
4. the facts of each stream of a case are numbered 1, 2, 3 ... without a gap.

What it cannot show: who holds the keys that lie in the capsule (whoever made it could have made them too: get the keys
from the office and from the witness, and pass them), and facts that came after the ones in here.
Exit code: 0 all is proved, 1 something is wrong and is named, 2 no capsule, 3 right as far as it goes: not all is sealed
yet, or no witness signed it.
"""

# fmt: off
import base64
import hashlib
import json
import sys
import zipfile
import zlib
from datetime import datetime, timezone
from pathlib import Path

# ---- Ed25519: verification only, as RFC 8032 section 5.1.7 says it ------------------------------------------------
P = 2**255 - 19  # the field
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # a square root of -1

def add(a, b):
    """The sum of two points, in extended coordinates (X, Y, Z, T)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total

def point_of(raw):
    """32 bytes to a point; None if they are none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def signed(public, message, signature):
    key, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P

# ---- keys and signed checkpoints (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature) -------------------------
def key_of(text):
    """'name+id+base64' to (name, public key)."""
    name, key_id, content = text.strip().split("+", 2)
    raw = base64.b64decode(content, validate=True)
    if len(raw) != 33 or id_of(name, raw[0], raw[1:]).hex() != key_id:
        raise ValueError("the key does not fit its id")
    return name, raw[1:]
def id_of(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]

def signers(note, keys):
    """Text of the note, and {name: when, in unix seconds, or None} of those `keys` that signed it."""
    text, _, lines = note.rpartition("\n\n")
    text, found = text + "\n", {}
    for line in lines.splitlines():
        name, _, encoded = line[2:].partition(" ")
        raw = base64.b64decode(encoded, validate=True)
        for public in [key for key_name, key in keys if key_name == name]:
            if raw[:4] == id_of(name, 1, public):  # plain
                good, when = signed(public, text.encode(), raw[4:]), None
            elif raw[:4] == id_of(name, 4, public):  # with the time
                when = int.from_bytes(raw[4:12], "big")
                good = signed(public, ("cosignature/v1\ntime %d\n%s" % (when, text)).encode(), raw[12:])
            else:
                continue  # by another key of that name
            if not good:
                raise ValueError("the signature of %s does not hold" % name)
            found[name] = when or found.get(name)
    return text, found

# ---- the tree (RFC 6962): a leaf is hash(0 + bytes), a node hash(1 + left + right) ---------------------------------
def root_of(begin, end, leaves, given, hash_name):
    """From begin to end. `leaves`: (place, hash) of the facts in here; `given`: hashes of stretches without any."""
    if not leaves:
        return base64.b64decode(given["%d-%d" % (begin, end)], validate=True)
    if end - begin == 1:
        return leaves[0][1]
    middle = begin + (1 << (end - begin - 1).bit_length() - 1)
    cut = sum(place < middle for place, _ in leaves)
    left = root_of(begin, middle, leaves[:cut], given, hash_name)
    right = root_of(middle, end, leaves[cut:], given, hash_name)
    return hashlib.new(hash_name, b"\1" + left + right).digest()

# ---- the capsule ---------------------------------------------------------------------------------------------------
def files_of(path: Path) -> dict:
    """{name: bytes} of a zip, or of the folder that it was unpacked into."""
    if path.is_dir():
        found = {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
        return {name: raw for name, raw in found.items() if "__pycache__" not in name}
    found = {}
    with zipfile.ZipFile(str(path)) as package:
        for name in package.namelist():
            try:
                found[name.partition("/")[2]] = package.read(name)
            except (zipfile.BadZipFile, zlib.error, EOFError):
                found[name.partition("/")[2]] = b""  # damaged: it will not be what SHA256SUMS says
    return found

def check_sums(files):
    listed = {}
    for line in files["SHA256SUMS"].decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    for name in sorted(listed.keys() | files.keys() - {"SHA256SUMS"}):
        if name not in files:
            yield name, "缺失，或清单 SHA256SUMS 中的名称被改动 / is missing, or its name in SHA256SUMS was changed"
        elif name not in listed:
            yield name, "不在清单 SHA256SUMS 中 / is not in SHA256SUMS"
        elif hashlib.sha256(files[name]).hexdigest() != listed[name]:
            yield name, "内容与清单 SHA256SUMS 不符 / is not what SHA256SUMS says"

def check_log(name, files, log_key, witness_keys, state):
    """One service's facts: leaves, root, signatures."""
    proof = json.loads(files["proofs/%s.json" % name])
    note = files["checkpoints/%s.txt" % name].decode()
    text, found = signers(note, [log_key] + witness_keys)
    origin, size, root = text.split("\n")[:3]
    hash_name = {"sha256-ed25519": "sha256", "sm3-ed25519": "sm3"}[origin.rpartition("/")[2]]
    facts, places = files["facts/%s.jsonl" % name].splitlines(), [place for place, _ in proof["facts"]]
    if len(facts) != len(places) or places != sorted(set(places)):  # no fact without a place of its own
        raise ValueError("事实 %d 条，证明 %d 条，不相应 / facts and proofs do not fit" % (len(facts), len(places)))
    wrong, leaves = False, []
    for line, (fact, (position, leaf)) in enumerate(zip(facts, proof["facts"]), 1):
        leaves.append((position - 1, hashlib.new(hash_name, b"\0" + fact).digest()))
        if base64.b64encode(leaves[-1][1]).decode() != leaf:
            wrong = True
            what = "台账第 %d 条事实不是封存时的字节 / fact %d (%s) is not what was sealed"
            yield "facts/%s.jsonl:%d" % (name, line), what % (position, position, id_in(fact))
    if log_key[0] not in found or not origin.startswith("%s/%s/" % (log_key[0], name)):
        yield "checkpoints/%s.txt" % name, "没有台账公钥 %s 的签名 / is not signed by the log's key" % log_key[0]
    sealed = [one for one in leaves if one[0] < int(size)]
    reached = root_of(0, int(size), sealed, proof["hashes"], hash_name) if sealed else None
    if reached and not wrong and base64.b64encode(reached).decode() != root:
        yield "proofs/%s.json" % name, "事实与证明未通向已签名的根 / facts and proof do not lead to the signed root"
    state["facts"] += len(facts)
    state["unsealed"] += len(leaves) - len(sealed)
    seen = {who: when for who, when in found.items() if who != log_key[0]}
    state["unwitnessed"] += 0 if seen or not sealed else len(sealed)
    state["logs"].append([name, len(facts), origin, int(size), found.get(log_key[0]), seen])

def check_streams(files, about, state):
    """As many facts as it says; streams that belong to one case are whole: 1, 2, 3 ..."""
    versions, cases = {}, set(about["cases"])
    if about["facts"] != state["facts"]:
        yield "about.json", "说有 %d 条事实，实有 %d 条 / says and has another number" % (about["facts"], state["facts"])
    for name in sorted(files):
        for line in files[name].splitlines() if name.startswith("facts/") else ():
            stream, _, version = json.loads(line)["id"].rpartition("/")
            versions.setdefault(stream, []).append(int(version))
    for stream, found in versions.items():
        if stream.rpartition("/")[2] in cases and sorted(found) != list(range(1, len(found) + 1)):
            missing = sorted(set(range(1, max(found) + 1)) - set(found))
            yield stream, "缺第 %s 条 / versions %s are missing" % (missing, missing)

def id_in(fact):
    try:
        return json.loads(fact)["id"]
    except (ValueError, KeyError, TypeError):
        return "?"

def verify(files: dict, key=None, witness=None) -> tuple:
    """Findings [(where, what)], and what was seen."""
    state = {"facts": 0, "unsealed": 0, "unwitnessed": 0, "logs": [], "key": key or "", "witnesses": []}
    findings = list(check_sums(files))
    def guarded(where, checks):
        try:
            findings.extend(checks())
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            findings.append((where, "%s: %s" % (type(error).__name__, error)))
    def logs():
        own = key or files["keys/log.vkey"].decode()
        inside = [files[name].decode() for name in sorted(files) if name.startswith("keys/witness")]
        state["witnesses"] = [witness.strip()] if witness else [text.strip() for text in inside]
        state["key"], witnesses = own.strip(), [key_of(text) for text in state["witnesses"]]
        for name in sorted(name[6:-6] for name in files if name.startswith("facts/")):
            guarded("proofs/%s.json, checkpoints/%s.txt" % (name, name),
                    lambda: check_log(name, files, key_of(own), witnesses, state))
        return []
    guarded("keys/", logs)
    guarded("facts/", lambda: check_streams(files, json.loads(files["about.json"]), state))
    return findings, state

def told(findings: list, state: dict, key_given, witness_given):
    """The report, line by line."""
    def moment(when):
        return datetime.fromtimestamp(when, timezone.utc).isoformat() if when else "?"
    def whose(given):
        return "由您给出 / given by you" if given else "取自包内，不能证明是谁的 / from in here: proves nothing about whose"
    for name, count, origin, size, when, seen in state["logs"]:
        yield "%s: %d 条事实，封存至 %d / facts, sealed up to it (%s, %s)" % (name, count, size, origin, moment(when))
        for who, at in seen.items():
            yield "  见证会签 / countersigned %s: %s" % (who, moment(at))
    yield "台账公钥 / log key %s（%s）" % (state["key"], whose(key_given))
    for text in state["witnesses"]:
        yield "见证公钥 / witness key %s（%s）" % (text, whose(witness_given))
    for where, what in findings:
        yield "✗ %s: %s" % (where, what)
    if not findings and state["unsealed"]:
        yield "尚未封存 %d 条 / facts not sealed yet" % state["unsealed"]
    if not findings and state["unwitnessed"]:
        yield "尚无见证会签 %d 条 / facts that no known witness signed" % state["unwitnessed"]
    yield {0: "✓ 全部属实 / all is proved", 1: "✗ 有问题 / something is wrong",
           3: "○ 无误，尚未全部证明 / nothing is wrong, not all is proved"}[code_of(findings, state)]
def code_of(findings: list, state: dict) -> int:
    return 1 if findings else 3 if state["unsealed"] or state["unwitnessed"] or not state["facts"] else 0

def main(args):
    options = {name: args[args.index(name) + 1] for name in ("--key", "--witness") if name in args[:-1]}
    paths = [one for one in args if not one.startswith("--") and one not in options.values()]
    try:
        files = files_of(Path(paths[0]) if paths else Path(__file__).resolve().parent)
        files["SHA256SUMS"]
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        print("不是档案包 / not a capsule: %r" % error)
        return 2
    findings, state = verify(files, options.get("--key"), options.get("--witness"))
    print("\n".join(told(findings, state, "--key" in options, "--witness" in options)))
    return code_of(findings, state)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
