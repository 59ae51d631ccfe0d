"""A plugin of pytest (`-p scripts.sabotage.witness`): stops a run whose modules of ours are not from this tree."""

from __future__ import annotations

import sys
from typing import Final

import pytest
from scripts.sabotage.origins import ROOT, foreign

FOREIGN: Final = 70
"""The exit status of such a run."""


def _stop_when_foreign() -> None:
    elsewhere = foreign(list(sys.modules.values()), ROOT)
    if elsewhere:
        pytest.exit(f"not from {ROOT}: {'; '.join(elsewhere)}", returncode=FOREIGN)


def pytest_collection_finish() -> None:
    """What the tests import, before any of them runs."""
    _stop_when_foreign()


def pytest_sessionfinish() -> None:
    """What was imported meanwhile."""
    _stop_when_foreign()
