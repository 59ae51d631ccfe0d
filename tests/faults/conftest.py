"""Fixtures of the tests that inject faults."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from faults_support import Fire, on_fire


@pytest.fixture(scope="module", autouse=True)
def unmeasured() -> Iterator[None]:
    """Whole systems run without coverage: it makes them half as fast, and is lost with a process that is killed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fire(request: pytest.FixtureRequest) -> AsyncIterator[Fire]:
    """One system for all tests of a module, its servers its own; a module's parameter is options of `on_fire`."""
    async with on_fire(**getattr(request, "param", {})) as system:
        yield system
