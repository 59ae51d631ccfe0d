"""`kill -9` of `make demo`: the next one starts, and nothing of the old one is left."""

import signal
from pathlib import Path

import pytest
from demo_support import running_demo

from zavhoz_devstack.engine import exists
from zavhoz_devstack.processes import wait_until_ended

END_SECONDS = 60
pytestmark = pytest.mark.usefixtures("startable_servers")


@pytest.mark.timeout(400)
@pytest.mark.exhaustive
def test_a_killed_demo_leaves_nothing_to_the_next_one(tmp_path: Path) -> None:
    """First all of it at once with its watcher, so that only the record is left; then `make` alone."""
    with running_demo(tmp_path) as first:
        first.wait_until_up()
        assert first.all_is_recorded()
        old, containers = first.tree(), first.record().containers()
        recorded = [process for process in first.record().processes() if process.alive()]
        for process in (first.of_module("zavhoz_devstack.watcher"), first.of_module("zavhoz_devstack"), old[0]):
            process.send(signal.SIGKILL)
        first.make.wait()
        assert all(process.alive() for process in recorded)
        assert all(map(exists, containers))

        with running_demo(tmp_path) as second:
            second.wait_until_up()
            assert [process for process in old if process.alive()] == []
            assert not any(map(exists, containers))
            assert second.all_is_recorded()

            new, containers = second.tree(), second.record().containers()
            second.make.kill()
            assert wait_until_ended(new, END_SECONDS)
            assert not any(map(exists, containers))


@pytest.mark.timeout(200)
@pytest.mark.exhaustive
def test_the_watcher_ends_what_a_killed_demo_has_started(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        demo.wait_until_up()
        processes, containers = demo.tree(), demo.record().containers()
        demo.of_module("zavhoz_devstack").send(signal.SIGKILL)
        assert wait_until_ended(processes, END_SECONDS)
        assert not any(map(exists, containers))
