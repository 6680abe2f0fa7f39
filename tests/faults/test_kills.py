"""Processes are killed while a ledger is played, or the player is: nothing is lost, nothing happens twice.

Two sites that are given the same secrets name the same persons alike, so their histories can be compared as they
stand; only what is encrypted differs, for data keys are drawn.
"""

import asyncio
import json
import os
import random
import re
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.commands import run
from deploy.facts import Site as Facts
from deploy.supervisor import Site
from tests.journey.playing import CENTER, Played, play, played, sample, stored

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
ROWS, KILLS = 30, 10
SECRETS = ("kek", "reference.key", "x25519.key")
CIPHERTEXT = re.compile(r"(sealed:v1:[0-9a-f]{32}:)[A-Za-z0-9_-]+")
OF_A_DAY = ("day_plan", "register", "complaint_book")  # streams that several cases share


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Played:
    return play(tmp_path_factory.mktemp("undisturbed") / "played", sample(ROWS))


@pytest.fixture
def folder(undisturbed, tmp_path) -> Path:
    """Empty but for the secrets."""
    keys = tmp_path / "played" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    for name in SECRETS:
        shutil.copy(undisturbed.folder / "keys" / name, keys)
    return tmp_path / "played"


def histories(facts) -> dict[str, list[str]]:
    """Stream -> its facts, whole but for what is encrypted. Where cases share a stream, within one moment any may be
    first, so there it is counted what is said and not in which order."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        stream = f"{fact['source']}/{fact['subject']}"
        shared = fact["subject"].startswith(OF_A_DAY)
        said = {name: value for name, value in fact.items() if not shared or name != "id"}
        found.setdefault(stream, []).append(CIPHERTEXT.sub(r"\1", json.dumps(said, sort_keys=True)))
    for stream, said in found.items():
        if stream.split("/")[3] in OF_A_DAY:
            said.sort()
    return found


def assert_same(again: Played, undisturbed: Played) -> None:
    """The same facts in the same streams, and as much in each log; all of it published, all of it heard."""
    one, other = histories(undisturbed.facts), histories(again.facts)
    assert other.keys() == one.keys()
    assert [stream for stream in one if one[stream] != other[stream]] == []
    assert again.untaken == []
    assert Counter(fact["id"] for fact in again.facts).most_common(1)[0][1] == 1
    for status in again.statuses:
        service = status["service"]
        log = [bytes(document) for (document,) in stored(again.folder, service)]
        assert [message.document for message in again.streams[service]] == log, service
        assert status["published"] == status["head"] == len(log), service
        assert status["held"] == 0
        assert {row[0] for row in stored(again.folder, service, "state", "letters")} <= {"done"}, service


def test_ten_kills_of_anything_at_any_moment_change_no_history(undisturbed, folder, request):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed} pytest {request.node.nodeid}")  # noqa: T201  # so that it can be done again
    chance, killed = random.Random(seed), []  # noqa: S311  # no secret
    ledger = sample(ROWS)

    commands = sum(len(story.steps) for story in undisturbed.stories)
    moments = sorted(chance.sample(range(commands * 19 // 20), KILLS))

    async def disturbed(site: Site):
        engines = []
        playing = asyncio.create_task(played(site, ledger, engines.append))
        for moment in moments:
            while not playing.done() and not (engines and engines[0].commands >= moment):
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.uniform(0, 0.02))
            before = len(killed)
            while len(killed) == before:
                victim = chance.choice([*site.services, "nats"])
                with suppress(ProcessLookupError):  # still dead from the last time: then another one
                    site.kill(victim)
                    killed.append(victim)
        return await playing

    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played") as site:
        stories, engine, statuses, streams = asyncio.run(disturbed(site))
        died = Counter({name: times for name, times in site.restarts.items() if times})
    again = Played(folder, ledger, stories, engine.untaken, statuses, streams, Facts(folder).all())
    assert len(killed) == KILLS, killed
    assert sum(died.values()) >= KILLS
    assert_same(again, undisturbed)


def test_the_comparison_notices_what_is_lost_said_twice_or_changed(undisturbed):
    facts = undisturbed.facts
    one, some = histories(facts), facts[len(facts) // 2]
    assert histories([fact for fact in facts if fact is not some]) != one
    assert histories([*facts, some]) != one
    assert histories([fact | {"recordedat": ""} if fact is some else fact for fact in facts]) != one


def test_a_play_that_is_broken_off_goes_on_in_the_same_folder_and_ends_the_same(undisturbed, folder):
    ledger, half = sample(ROWS), sum(len(story.steps) for story in undisturbed.stories) // 2

    async def broken_off(site: Site) -> int:
        started = []
        playing = asyncio.create_task(run.play(ledger, site, started.append))
        while not (started and started[0].commands >= half):
            await asyncio.sleep(0.01)
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        return started[0].commands

    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played") as site:
        done = asyncio.run(broken_off(site))
    assert half <= done < 2 * half
    assert 0 < len(Facts(folder).all()) < len(undisturbed.facts)

    assert_same(play(folder, ledger), undisturbed)
