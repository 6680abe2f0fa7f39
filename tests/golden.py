"""Golden samples: what is on disk stays readable, what others rely on is kept, what people read has no gaps."""

import json
import re
from importlib import import_module
from pathlib import Path

from shared.messages import Contract
from shared.words import BLANK, sentence, word
from tests.sources import facts_of

TESTS = Path(__file__).parent
CONTRACTS = TESTS.parent / "shared/contracts"


def promises_of(service: str) -> list[type[Contract]]:
    modules = [import_module(f"shared.contracts.{path.stem}") for path in sorted(CONTRACTS.glob("[a-z]*.py"))]
    found = {
        value for module in modules for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Contract) and value is not Contract
        and value.service == service
    }  # fmt: skip
    return sorted(found, key=lambda promise: (promise.type, promise.__module__))


class Golden:
    """The stored examples of a service's facts, one for each kind and version."""

    def __init__(self, service: str) -> None:
        self.facts = facts_of(service)
        self.promises = promises_of(service)
        self.samples = {
            kind: sample
            for path in sorted((TESTS / service).glob("golden*.json"))
            for kind, sample in json.loads(path.read_text("utf-8")).items()
        }

    def reads_as_it_was_written(self, kind: str) -> None:
        """Fields that came later are not in it and stay unset."""
        fact = self.facts[kind].model_validate_json(json.dumps(self.samples[kind]))
        assert json.loads(fact.model_dump_json(exclude_unset=True)) == self.samples[kind]

    def holds(self, promise: type[Contract]) -> None:
        read = promise.model_validate_json(json.dumps(self.samples[promise.type]))
        stored = self.facts[promise.type].model_validate(self.samples[promise.type])
        assert {name: getattr(read, name) for name in promise.model_fields} == {
            name: getattr(stored, name, ...) for name in promise.model_fields
        }

    def is_told_without_a_gap(self, kind: str) -> None:
        for language in ("zh", "en"):
            assert {*BLANK.findall(word("facts", kind, language))} <= self.facts[kind].model_fields.keys()
            told = sentence("facts", kind, self.samples[kind], language)
            assert told != kind
            assert "sealed:" not in told
            assert not re.search(r"\{\w*\}|(?<!—)—(?!—)", told), told
