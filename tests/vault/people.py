"""Nobody: numbers that pass their check and belong to made-up dates of birth."""

from typing import Any

from shared.identifiers import citizen_id_check


def number_of(serial: int = 123, born: str = "19500101") -> str:
    first = f"620105{born}{serial:03}"
    return first + citizen_id_check(first)


def somebody(**changes: Any) -> dict[str, Any]:
    said = {"name": "测试甲", "id_kind": "id_card", "id_number": number_of(), "phone": "13900000001",
            "address": "样例路1号2栋"}  # fmt: skip
    return said | changes
