"""What feedback's code names, read from the code itself: facts, rules and the keys of refusals."""

import ast

from tests.sources import calls, facts_of

FACTS = facts_of("feedback")


def refusals() -> set[tuple[str, str]]:
    """Every (rule, why) that the code names."""
    return {
        (ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1]))
        for call in calls("feedback", "Refused", "Breach")
    }
