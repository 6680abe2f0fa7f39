"""The numbers of a request's papers (DOMAIN 9.4): the request's own, with the prefix of the paper."""

from dataclasses import replace

from shared.identifiers import parse_case_number


def paper_number(kind: str, case: str) -> str:
    return str(replace(parse_case_number(case), kind=kind))
