"""Numbers that carry their own check (DOMAIN 9): all vectors, and every single wrong character."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.identifiers import (
    CaseNumber,
    Flaw,
    InvalidCaseNumber,
    InvalidCitizenId,
    InvalidCreditCode,
    check_citizen_id,
    check_credit_code,
    citizen_id_check,
    credit_code_check,
    make_case_number,
    mask_citizen_id,
    mod_37_36_check,
    parse_case_number,
)

TODAY = date(2026, 3, 31)
DIGITS = "0123456789"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CITIZEN_IDS = [
    ("34052419800101001X", "male", date(1980, 1, 1)),
    ("370101190102039973", "male", date(1901, 2, 3)),
    ("620105194503120014", "male", date(1945, 3, 12)),
    ("620105197809092128", "female", date(1978, 9, 9)),
    ("62010519601230044X", "female", date(1960, 12, 30)),
    ("620105201005051039", "male", date(2010, 5, 5)),
]
CREDIT_CODES = [
    "91350100M000100Y43",
    "113700000045030270",
    "11100000000013338W",
    "11330800MB0R57773W",
    "12330383MB1D80489M",
    "11620105MA00000010",
    "91620105MA7XY00016",
    "126201054387000125",
    "12441500196720244T",
]


def flaw_of_id(number: str, today: date = TODAY) -> Flaw:
    with pytest.raises(InvalidCitizenId) as caught:
        check_citizen_id(number, today)
    return caught.value.flaw


@pytest.mark.parametrize(("number", "sex", "born"), CITIZEN_IDS)
def test_9_1_vectors_are_valid(number, sex, born):
    citizen = check_citizen_id(number, TODAY)
    assert (citizen.sex, citizen.born, citizen.area) == (sex, born, number[:6])


@pytest.mark.parametrize(
    ("number", "flaw"),
    [
        ("", Flaw.LENGTH),
        ("620105450312001", Flaw.LENGTH),  # the 15 digits of before 1999
        ("6201051945031200140", Flaw.LENGTH),
        ("62010519450312001x", Flaw.CHARACTERS),  # upper case only
        ("62010519601230044Ｘ", Flaw.CHARACTERS),  # made narrow by the caller, not here
        ("6201051945031200²4", Flaw.CHARACTERS),  # a digit to str.isdigit
        ("620105194513120014", Flaw.DATE),
        ("620105190002290014", Flaw.DATE),  # 1900 was no leap year
        ("620105194503120015", Flaw.CHECK),
    ],
)
def test_9_1_says_what_is_wrong(number, flaw):
    assert flaw_of_id(number) is flaw


def test_9_1_not_born_in_the_future():
    number = "62010520260401001"
    number += citizen_id_check(number)
    assert flaw_of_id(number) is Flaw.FUTURE
    assert check_citizen_id(number, date(2026, 4, 1)).age_on(date(2026, 4, 1)) == 0


def test_9_1_unknown_area_is_not_rejected():
    number = "99999919450312001"
    assert check_citizen_id(number + citizen_id_check(number), TODAY).area == "999999"


def test_age_is_full_years():
    citizen = check_citizen_id("620105194503120014", TODAY)
    assert [citizen.age_on(date(2025, 3, day)) for day in (11, 12)] == [79, 80]
    number = "62010520000229001"
    leap = check_citizen_id(number + citizen_id_check(number), TODAY)
    assert [leap.age_on(day) for day in (date(2025, 2, 28), date(2025, 3, 1))] == [24, 25]


def test_neither_error_nor_repr_shows_the_number():
    with pytest.raises(InvalidCitizenId) as caught:
        check_citizen_id("620105194503120015", TODAY)
    assert str(caught.value) == "GB 11643: check"
    assert "19450312" not in repr(check_citizen_id("620105194503120014", TODAY))
    assert "M000100Y" not in repr(check_credit_code("91350100M000100Y43"))


def test_mask_keeps_area_and_tail():
    assert mask_citizen_id("620105194503120014") == "620105********0014"
    assert mask_citizen_id("6201054503120") == "********"
    assert mask_citizen_id("兰州市安宁区培黎街道61号13栋1室") == "********"
    assert len("兰州市安宁区培黎街道61号13栋1室") == 18


@given(st.sampled_from(CITIZEN_IDS), st.integers(0, 17), st.sampled_from(DIGITS + "X"))
def test_9_1_any_single_wrong_character_is_caught(vector, place, char):
    number = vector[0]
    assume(number[place] != char)
    with pytest.raises(InvalidCitizenId):
        check_citizen_id(number[:place] + char + number[place + 1 :], TODAY)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16), st.sampled_from(DIGITS))
def test_9_1_check_differs_for_any_single_digit(born, sequence, place, digit):
    first = f"620105{born:%Y%m%d}{sequence:03}"
    assume(first[place] != digit)
    assert citizen_id_check(first) != citizen_id_check(first[:place] + digit + first[place + 1 :])


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_9_2_vectors_are_valid(code):
    checked = check_credit_code(code)
    assert (checked.authority, checked.region) == (code[0], code[2:8])


@pytest.mark.parametrize(
    ("code", "flaw"),
    [
        ("91350100M000100Y4Z", Flaw.CHARACTERS),  # Z is not in the alphabet
        ("91350100M000100Y44", Flaw.CHECK),
        ("91350100M000100Y4", Flaw.LENGTH),
        ("B1350100M000100Y43", Flaw.CHARACTERS),  # no such authority
        ("9135010AM000100Y43", Flaw.CHARACTERS),  # a region is digits
    ],
)
def test_9_2_says_what_is_wrong(code, flaw):
    with pytest.raises(InvalidCreditCode) as caught:
        check_credit_code(code)
    assert (caught.value.flaw, caught.value.rule) == (flaw, "GB 32100")


@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(CREDIT_ALPHABET))
def test_9_2_check_differs_for_any_single_character(first, place, char):
    assume(first[place] != char)
    assert credit_code_check(first) != credit_code_check(first[:place] + char + first[place + 1 :])


def test_iso_7064_mod_37_36_published_examples():
    assert mod_37_36_check("A12425GABC1234002") == "M"  # GRid, the identifier of music releases


def test_9_4_make_and_parse():
    text = make_case_number("620105", date(2026, 3, 11), 7)
    assert text.rpartition("-")[0] == "SMFW-620105-20260311-0007"
    assert parse_case_number(text) == CaseNumber("620105", date(2026, 3, 11), 7)
    assert parse_case_number(make_case_number("620105", date(2026, 3, 11), 7, "GZ")).kind == "GZ"


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 9999), st.data())
def test_9_4_any_single_wrong_character_is_caught(day, serial, data):
    text = make_case_number("620105", day, serial)
    assert str(parse_case_number(text)) == text
    place = data.draw(st.sampled_from([n for n, char in enumerate(text) if char != "-"]))
    char = data.draw(st.sampled_from(ALPHABET_36).filter(lambda drawn: drawn != text[place]))
    with pytest.raises(InvalidCaseNumber):
        parse_case_number(text[:place] + char + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SMFW",
        "SMFW-620105-20260230-0007-A",
        "SMFW-620105-20260311-007-A",
        "smfw-620105-20260311-0007-V",
        "SMFW-62O105-20260311-0007-V",
        "SMFW-620105-２０２６0311-0007-V",
        "SMFW-620105-20260311-0000-A",
        "SMFW-620105-20260311-0007-V-V",
    ],
)
def test_9_4_other_texts_are_no_case_numbers(text):
    with pytest.raises(InvalidCaseNumber):
        parse_case_number(text)


@pytest.mark.parametrize("serial", [0, 10_000])
def test_9_4_serial_fits_four_digits(serial):
    with pytest.raises(InvalidCaseNumber):
        make_case_number("620105", date(2026, 3, 11) + timedelta(days=1), serial)
