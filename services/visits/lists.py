"""Lists that a center's rules hold as numbers `<list>.<entry>`: 1 obligatory, 0 kept but not asked for."""

from shared.rules import Rules


def value(rules: Rules, name: str, otherwise: int = 0) -> int:
    return rules.numbers.get(name, otherwise)


def obligatory(rules: Rules, *lists: str) -> tuple[str, ...]:
    """The entries that are asked for, of all these lists, in the order of the rules."""
    prefixes = [f"{name}." for name in lists]
    found = [
        name.removeprefix(prefix) for name, number in rules.numbers.items() for prefix in prefixes
        if number and name.startswith(prefix)
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))
