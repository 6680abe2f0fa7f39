"""What intake's code names, read from the code itself: facts, situations and the keys of refusals."""

import ast

from tests.sources import calls, facts_of

FACTS = facts_of("intake")
NAMES = {"Refused", "Breach", "_odd", "_unknown"}  # the last two find the first code that is in no list


def refusal_keys() -> set[str]:
    """The second argument of every refusal and breach; what only passes it on has no word of its own."""
    return {call.args[1].value for call in calls("intake", *NAMES) if isinstance(call.args[1], ast.Constant)}
