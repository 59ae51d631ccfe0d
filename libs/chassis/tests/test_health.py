"""Readiness: every check by name, a change logged once."""

from __future__ import annotations

import asyncio

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from zavhoz_chassis.health import Health
from zavhoz_chassis.watch import Watch
from zavhoz_contracts.errors import Outage


def test_ready_when_every_check_is_fine_and_nothing_drains() -> None:
    health = Health()
    states = [health.ready]
    health.declare("broker")
    health.declare("postgres")
    assert health.report() == {"broker": "starting", "postgres": "starting"}
    states.append(health.ready)
    health.set("broker", ok=True)
    states.append(health.ready)
    health.set("postgres", ok=True)
    states.append(health.ready)
    health.draining = True
    states.append(health.ready)
    assert states == [True, False, False, True, False]
    assert health.report() == {"broker": "ok", "postgres": "ok", "draining": "yes"}


def test_what_is_wrong_is_said_until_it_is_right() -> None:
    health = Health()
    health.set("broker", ok=False, detail="refused")
    health.set("postgres", ok=False)
    assert health.report() == {"broker": "refused", "postgres": "failed"}
    health.set("broker", ok=True, detail="of no interest")
    assert health.report()["broker"] == "ok"


def test_each_change_is_logged_once() -> None:
    health = Health()
    with capture_logs() as lines:
        health.declare("broker")
        for ok in (True, True, False, False, True):
            health.set("broker", ok=ok, detail="away")
    assert [(line["event"], line["log_level"], line["check"]) for line in lines] == [
        ("ready", "info", "broker"),
        ("not ready", "warning", "broker"),
        ("ready", "info", "broker"),
    ]
    assert lines[1]["detail"] == "away"


def test_what_fails_from_the_start_is_logged_once_too() -> None:
    health = Health()
    with capture_logs() as lines:
        health.declare("broker")
        for check in ("broker", "undeclared"):
            for ok in (False, False, True):
                health.set(check, ok=ok, detail="refused")
    told = [(line["event"], line["check"], line.get("detail")) for line in lines]
    assert told == [
        ("not ready", "broker", "refused"),
        ("ready", "broker", None),
        ("not ready", "undeclared", "refused"),
        ("ready", "undeclared", None),
    ]


def test_the_metrics_follow_the_check() -> None:
    health, labels = Health(), {"check": "a test's check"}
    for ok in (False, False, True, False):
        health.set("a test's check", ok=ok)
        assert REGISTRY.get_sample_value("zavhoz_ready", labels) == ok
    assert REGISTRY.get_sample_value("zavhoz_unready_total", labels) == 2


def test_a_restart_is_wanted_only_when_somebody_says_so_and_each_change_is_logged_once() -> None:
    health = Health()
    health.set("broker", ok=False, detail="away")
    assert health.dead == {}, "what is away comes back without a restart"
    with capture_logs() as lines:
        for ok in (True, False, False, True, True):
            health.live("consumers", ok, "nothing arrives")
            assert health.dead == ({} if ok else {"consumers": "nothing arrives"})
            assert REGISTRY.get_sample_value("zavhoz_alive", {"check": "consumers"}) == ok
    assert [(line["event"], line["check"]) for line in lines] == [
        ("a restart is wanted", "consumers"),
        ("no restart is wanted any more", "consumers"),
    ]


async def test_a_watch_says_what_is_away() -> None:
    health, stop = Health(), asyncio.Event()
    answers = iter([None, Outage("nobody answers", dependency="postgres")])

    async def ask() -> None:
        if (error := next(answers)) is not None:
            stop.set()
            raise error

    await Watch("postgres", ask, health, every=0.001).run(stop)
    assert health.report() == {"postgres": "nobody answers"}
