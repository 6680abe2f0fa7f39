"""Reading one cell: what a clerk may have written there, and what it means. A CellError never holds the value."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from deploy.ledger.problems import CellError, Flawed
from shared.calendar import SHANGHAI

Code = TypeVar("Code", str, int, bool)

_KEPT = "（），：；？！"
_TIDY = re.compile(f"[^{_KEPT}]+")
_LIST = re.compile(r"[、,;]")
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_CLOCK = r"(\d{1,2})[:时](\d{1,2})分?(?::(\d{1,2})(?:\.0+)?)?"
_DAY_FORM = re.compile(rf"{_DAY}(?:[T ]?0{{1,2}}:00(?::00)?)?")
_MOMENT_FORM = re.compile(rf"{_DAY}[T ]*{_CLOCK}")
_PERIOD_FORM = re.compile(r"(\d{1,2}):(\d{2})\s*[-~—–至到]+\s*(\d{1,2}):(\d{2})")
_NUMERALS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Staff:
    """One of those who went. `speciality`: what a special post is certified for, as written."""

    name: str = field(repr=False)
    id: str
    speciality: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """Something taken or given back. `original` None: not recorded."""

    name: str
    copies: int = 1
    original: bool | None = None


@dataclass(frozen=True, slots=True)
class Materials:
    """What was said of the papers: complete, tolerated with a pledge, or what was missing or wrong."""

    state: str
    defects: tuple[str, ...] = ()
    pledge_days: int | None = None


def folded(text: str) -> str:
    """The form in which texts are compared: NFKC, trimmed; full-width brackets are half-width here."""
    return unicodedata.normalize("NFKC", text).strip()


def tidy(text: str) -> str:
    """The form in which texts are kept: NFKC and trimmed, but Chinese punctuation stays: it belongs to names."""
    return _TIDY.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text).strip()


def number(text: str) -> int | None:
    """A small number in digits or Chinese numerals."""
    if text.isascii() and text.isdigit():
        return int(text)
    text = text.replace("两", "二")
    tens, ten, ones = text.rpartition("十")
    if not text or any(char not in _NUMERALS for char in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return None
    return (_NUMERALS.index(tens or "一") * 10 if ten else 0) + (_NUMERALS.index(ones) if ones else 0)


def number_before(unit: str, text: str) -> int | None:
    """`number_before("分钟", "等候15分钟")` is 15."""
    found = re.search(rf"(\d+|[{_NUMERALS}两]+)\s*(?:{unit})", folded(text))
    return number(found[1]) if found else None


def _bad_date(rule: str) -> CellError:
    return CellError(
        Flawed(
            rule=rule,
            kind="impossible_date",
            zh="日历上没有这一天或这一时刻",
            en="no such day or time exists",
            do_zh="按原始记录改正日期",
            do_en="correct the date from the original record",
        )
    )


def _made(rule: str, parts: list[int]) -> datetime:
    try:
        moment = datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # three to six numbers
    except (ValueError, TypeError):
        raise _bad_date(rule) from None
    if not 2000 <= moment.year < 2100:
        raise _bad_date(rule)
    return moment


def day(rule: str) -> Callable[[str], date]:
    def read(text: str) -> date:
        found = _DAY_FORM.fullmatch(folded(text))
        if not found:
            raise CellError(
                Flawed(
                    rule=rule,
                    kind="unreadable_date",
                    zh="不是日期",
                    en="not a date",
                    do_zh="写成 2026-03-02",
                    do_en="write 2026-03-02",
                )
            )
        return _made(rule, [int(part) for part in found.groups()]).date()

    return read


def moment(rule: str) -> Callable[[str], datetime]:
    def read(text: str) -> datetime:
        found = _MOMENT_FORM.fullmatch(folded(text))
        if not found:
            day(rule)(text)  # an impossible day is the nearer reason
            raise CellError(
                Flawed(
                    rule=rule,
                    kind="no_time",
                    zh="只有日期，没有时刻",
                    en="a date without a time of day",
                    do_zh="补上时刻，如 2026-03-02 09:25",
                    do_en="add the time, as 2026-03-02 09:25",
                )
            )
        return _made(rule, [int(part) for part in found.groups() if part is not None])

    return read


def one_of(words: Mapping[str, Code], rule: str) -> Callable[[str], Code]:
    """A closed column. The sentence lists the words it knows; what was written may be anything, so it is not shown."""

    def read(text: str) -> Code:
        word = "".join(folded(text).split())
        if word in words:
            return words[word]
        for code in words.values():
            if word == str(code):
                return code
        first = {
            code: known for known, code in reversed(list(words.items()))
        }  # of several words for one code, the usual one
        known = "；".join(reversed(list(first.values()))).replace("(", "（").replace(")", "）")
        raise CellError(
            Flawed(
                rule=rule,
                kind="unknown_code",
                zh="写法不在规定的范围内",
                en="not one of the words this column knows",
                do_zh=f"改为其中之一：{known}",
                do_en=f"use one of: {known}",
            )
        )

    return read


def period(halves: Mapping[str, str], rule: str) -> Callable[[str], str]:
    """`09:00-10:00`, or half a day."""

    def read(text: str) -> str:
        if folded(text) in halves:
            return halves[folded(text)]
        found = _PERIOD_FORM.fullmatch(folded(text))
        hours = [int(part) for part in found.groups()] if found else []
        if not hours or max(hours[0], hours[2]) > 23 or max(hours[1], hours[3]) > 59 or hours[:2] >= hours[2:]:
            raise CellError(
                Flawed(
                    rule=rule,
                    kind="unreadable_period",
                    zh="不是时段",
                    en="not a period of the day",
                    do_zh="写成 09:00-10:00，或上午、下午",
                    do_en="write 09:00-10:00, or 上午 (morning), 下午 (afternoon)",
                )
            )
        return "{:02}:{:02}-{:02}:{:02}".format(*hours)

    return read


def _malformed(rule: str, zh: str, en: str, do_zh: str, do_en: str) -> CellError:
    return CellError(Flawed(rule=rule, kind="malformed", zh=zh, en=en, do_zh=do_zh, do_en=do_en))


def count(text: str) -> int:
    found = number(folded(text).removesuffix("次"))
    if found is None:
        raise _malformed("S-09", "不是次数", "not a number of times", "写数字，如 1", "write a number, as 1")
    return found


SERIAL = re.compile(r"[0-9A-Za-z\-]{1,10}", re.ASCII)


def serial(text: str) -> str:
    """Shown in every problem, so nothing else may pass for one: no name, phone or ID number fits."""
    if not SERIAL.fullmatch(folded(text)):
        raise _malformed(
            "I-02",
            "不是序号，各列可能已错位",
            "not a serial number: the columns may be shifted",
            "核对此行",
            "check the row",
        )
    return folded(text)


def phone(text: str) -> str:
    digits = re.sub(r"[-\s]", "", folded(text))
    if not re.fullmatch(r"(?:\+?86)?\d{5,12}", digits):
        raise _malformed(
            "I-03",
            "不是电话号码（可能被表格软件改成了科学记数）",
            "not a phone number (a spreadsheet may have rewritten it)",
            "把该列设为文本格式后重新填写",
            "make the column text and enter it again",
        )
    return digits


def staff_id(text: str) -> str:
    found = re.fullmatch(r"\D*?([A-Z]\d{2})", folded(text))
    if not found:
        raise _malformed("F-02", "没有工号", "no staff number", "写成 回访员D01", "write it as 回访员D01")
    return found[1]


def staff(text: str) -> tuple[Staff, ...]:
    people = []
    for part in _LIST.split(folded(text)):
        found = re.fullmatch(r"([^()]+)\(([A-Z]\d{2})([^()]*)\)", part.strip())
        if not found:
            raise _malformed(
                "G-11",
                "上门人员须逐人写明姓名和工号",
                "everybody who went needs a name and a staff number",
                "写成 某某（A01）、某某（B01医师）",
                "write it as 某某（A01）、某某（B01医师）",
            )
        people.append(Staff(found[1].strip(), found[2], found[3].strip() or None))
    return tuple(people)


def materials_list(text: str) -> tuple[Material, ...]:
    items = []
    for part in filter(None, (part.strip() for part in _LIST.split(folded(text)))):
        found = re.fullmatch(rf"(.+?)(原件|复印件)?(?:(\d+|[{_NUMERALS}两]+)[件份张本个套])?", part)
        assert found  # any text is a name
        copies = number(found[3]) if found[3] else 1
        items.append(Material(found[1], copies or 1, {"原件": True, "复印件": False}.get(found[2])))
    return tuple(items)


def materials_state(text: str) -> Materials:
    plain = folded(text)
    if plain in {"齐全", "齐"}:
        return Materials("complete")
    if plain.startswith("容缺"):
        return Materials("tolerated", pledge_days=number_before("个?工作日|[日天]", plain))
    return Materials("missing", tuple(part.strip().removeprefix("缺") for part in _LIST.split(plain) if part.strip()))


def text(value: str) -> str:
    return value


def split_words(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _LIST.split(folded(value)) if part.strip())
