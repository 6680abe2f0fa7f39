"""Whoever copies everything that a site leaves on the disk, but its keys, learns nobody's name, number, phone or home.

That a search finds nothing says only as much as the search can see: so it is shown what it can see, form by form.
"""

import base64
import csv
import gzip
import json
import shutil
import sqlite3
import zlib
from urllib.parse import quote

import pytest

from deploy.commands import run
from tests.journey.detector import Detector
from tests.journey.snappy import unpacked

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
COLUMNS = {"申请人姓名": "name", "代理人姓名": "name", "证件号码": "number", "联系电话": "phone", "代理人电话": "phone",
           "上门地址": "address", "投诉内容": "complaint"}  # fmt: skip
LARGE = ("intake.sqlite", "scheduling.sqlite", "visits.sqlite", "feedback.sqlite", "*.blk")  # searched once is enough
PERSON = ("name", "number", "phone", "address")


def people() -> list[dict[str, str]]:
    """Of every line of the file, also of those that were not taken."""
    with run.SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        return [
            {heading: row[heading].strip() for heading in COLUMNS if len(row[heading].strip()) > 1}
            for row in csv.DictReader(file)
        ]


def needles() -> dict[str, set[str]]:
    """As written and as tidied; of an address also its end, for who lives there is known without the city."""
    found: dict[str, set[str]] = {kind: set() for kind in COLUMNS.values()}
    for person in people():
        for heading, value in person.items():
            end = value[-10:] if heading == "上门地址" else value
            found[COLUMNS[heading]] |= {value, value.replace(" ", ""), end}
    return found


@pytest.fixture(scope="module")
def detector():
    return Detector(needles())


def test_H01_nothing_on_the_disk_names_anybody(month, detector):
    assert {path.suffix for path in month.folder.rglob("*")} >= {".sqlite", ".log", ".blk", ".json", ".prom"}
    assert sum(len(values) for values in needles().values()) > 3 * len(month.ledger.rows)
    assert detector.folder(month.folder) == set()


def literal(content: bytes) -> bytes:
    """The shortest honest writer of a Snappy block: its length, then all of it as it is."""
    size, length = bytearray(), len(content)
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return bytes(size) + b"\xf4" + (len(content) - 1).to_bytes(2, "little") + content


def chunk(magic: bytes, content: bytes) -> bytes:
    block = b"0000" + literal(content)  # the checksum is nobody's concern here
    return magic + b"\x00" + len(block).to_bytes(3, "little") + block


def b64(content: bytes) -> bytes:
    return base64.b64encode(content)


FORMS = {
    "utf-8": lambda text: text.encode(),
    "gbk": lambda text: text.encode("gbk"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "json escapes": lambda text: json.dumps(text).encode(),
    "json escapes, quoted twice": lambda text: json.dumps(json.dumps(text)).encode(),
    "percent": lambda text: quote(text).encode(),
    "hex": lambda text: b"X'" + text.encode().hex().encode() + b"'",
    "base64": lambda text: b64(text.encode()),
    "base64, shifted by 1": lambda text: b"a" + b64(text.encode()),
    "base64, shifted by 2": lambda text: b64(b"x" + text.encode())[2:],
    "base64, shifted by 3": lambda text: b"abc" + b64(b"yz" + text.encode()),
    "base64 urlsafe": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "base64 of gbk": lambda text: b64(text.encode("gbk")),
    "base64 of utf-16": lambda text: base64.urlsafe_b64encode(text.encode("utf-16-le")),
    "base64 of escapes": lambda text: b64(json.dumps(text).encode()),
    "base64 of base64": lambda text: b64(b64(text.encode())),
    "base64 of gzip": lambda text: b64(gzip.compress(text.encode())),
    "zlib": lambda text: b"some bytes before" + zlib.compress(text.encode() * 3) + b"and after",
    "gzip": lambda text: b"some bytes before" + gzip.compress(text.encode() * 3) + b"and after",
    "gzip of gbk": lambda text: gzip.compress(text.encode("gbk")),
    "snappy block": lambda text: literal(text.encode()),
    "snappy stream": lambda text: b"cmp\x02" + chunk(b"\xff\x06\x00\x00sNaPpY", text.encode()),
    "s2 stream": lambda text: b"cmp\x02" + chunk(b"\xff\x06\x00\x00S2sTwO", text.encode()),
}


def said_of(person: dict[str, str]) -> str:
    return json.dumps({COLUMNS[heading]: value for heading, value in person.items()}, ensure_ascii=False)


@pytest.fixture(scope="module")
def planted(month, detector, tmp_path_factory):
    """A copy of what was played, with somebody's data written into it in every form, and what is found in it."""
    folder = tmp_path_factory.mktemp("planted") / "played"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns(*LARGE))
    known = [person for person in people() if len(person.get("证件号码", "")) == 18]
    for number, (form, write) in enumerate(FORMS.items()):
        (folder / f"form {form}.bin").write_bytes(b"\x00\x01" + b"{" + write(said_of(known[number])))
        if form.startswith(("snappy block", "gzip of")):
            (folder / f"form {form}.bin").write_bytes(write(said_of(known[number])))
    with (folder / "log" / "intake.log").open("a", encoding="utf-8") as log:
        log.write(said_of(known[30]) + "\n")
    (folder / known[31]["证件号码"]).touch()
    (folder / "rows.json").write_text(f'[{{"zh": "{known[32]["申请人姓名"]}未填"}}]', "utf-8")
    with sqlite3.connect(folder / "vault.sqlite") as store:
        store.execute("INSERT INTO meta VALUES ('long', ?)", ("x" * 4030 + said_of(known[33]) + "x" * 9000,))
    waiting = sqlite3.connect(folder / "keys" / "keys.sqlite")
    waiting.execute("PRAGMA journal_mode=WAL")
    waiting.execute("UPDATE data_key SET sealed_on = ? WHERE rowid = 1", (said_of(known[34]),))
    waiting.commit()
    (block,) = sorted((month.folder / "nats").rglob("*intake/msgs/1.blk"))
    there = folder / block.relative_to(month.folder)
    there.write_bytes(block.read_bytes()[:200_000] + said_of(known[35]).encode() + block.read_bytes()[200_000:300_000])
    yield detector.folder(folder)
    waiting.close()


@pytest.mark.parametrize("form", FORMS)
def test_the_search_sees_personal_data_written_as(form, planted):
    assert {found.kind for found in planted if found.file == f"form {form}.bin"} >= set(PERSON)


@pytest.mark.parametrize(
    ("file", "kinds"),
    [("log/intake.log", PERSON), ("rows.json", ("name",)), ("vault.sqlite", PERSON), ("keys/keys.sqlite-wal", PERSON),
     ("nats/jetstream/BUS/streams/FACTS-620105-intake/msgs/1.blk", PERSON)],
)  # fmt: skip
def test_the_search_sees_personal_data_inside(file, kinds, planted):
    assert {found.kind for found in planted if found.file == file} >= set(kinds)


def test_the_search_sees_personal_data_in_the_name_of_a_file(planted):
    assert any(found.kind == "number" and "/" not in found.file and "." not in found.file for found in planted)


def test_a_find_does_not_repeat_what_was_found(planted):
    names = needles()
    said = json.dumps([(found.kind, found.way) for found in planted], ensure_ascii=False)
    assert not [value for values in names.values() for value in values if value in said]


@pytest.mark.parametrize(
    ("block", "held"),
    [
        (b"\x0c\x08abc\x15\x03", b"abcabcabcabc"),
        (b"\x0c\x08abc\x22\x03\x00", b"abcabcabcabc"),
        (b"\x0c\x08abc\x23\x03\x00\x00\x00", b"abcabcabcabc"),
        (b"\x0f\x08abc\x0e\x03\x00\x11\x00", b"abcabcabcabcabc"),  # S2: from the last place again
        (b"\x10\x08abc\x0e\x03\x00\x15\x00\x01", b"abcabcabcabcabca"),  # with its length in another byte
        (b"\x0b\x08abc\x15\x03", b""),  # longer than it says
        (b"\x0c\x08abc\x15\x04", b""),  # points before the beginning
    ],
)
def test_what_snappy_packed_is_unpacked_as_its_description_says(block, held):
    assert unpacked(block) == held
