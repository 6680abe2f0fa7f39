"""What scheduling's code names, read from the code itself: facts and the keys of refusals."""

import ast

from tests.sources import calls, facts_of

FACTS = facts_of("scheduling")


def refusals() -> set[tuple[str, str]]:
    """(rule, why) of every Refused(...) and Breach(...)."""
    return {
        (ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1]))
        for call in calls("scheduling", "Refused", "Breach")
    }
