"""A situation with some of its fields another."""

import dataclasses
from dataclasses import dataclass

import pytest

from shared.situation import replace


@dataclass(frozen=True)
class Place:
    name: str
    taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room(Place):
    floor: int = 0


@pytest.mark.parametrize("changes", [{}, {"taken": ("a",)}, {"floor": 2, "name": "b"}])
def test_it_is_what_the_standard_library_makes(changes):
    room = Room("a", ("x",), 1)
    changed = replace(room, **changes)
    assert changed == dataclasses.replace(room, **changes)
    assert type(changed) is Room
    assert room == Room("a", ("x",), 1)
    assert repr(changed) == repr(dataclasses.replace(room, **changes))


def test_a_field_that_there_is_not_is_an_error_as_there():
    for each in (replace, dataclasses.replace):
        with pytest.raises(TypeError):
            each(Place("a"), floor=1)


def test_what_it_makes_is_as_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(Place("a"), name="b").name = "c"
