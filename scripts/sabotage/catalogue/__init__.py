"""Every sabotage there is, by what it breaks."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.catalogue import (
    areas,
    commands,
    consuming,
    dead_letters,
    files,
    gateway,
    groups,
    many,
    merging,
    notifier,
    people,
    personal,
    places,
    processes,
    publishing,
    relaying,
    telegram,
    times,
    watchdog,
)
from scripts.sabotage.sabotage import Sabotage

ALL: Final[tuple[Sabotage, ...]] = (
    *publishing.SABOTAGES,
    *consuming.SABOTAGES,
    *dead_letters.SABOTAGES,
    *watchdog.SABOTAGES,
    *relaying.SABOTAGES,
    *commands.SABOTAGES,
    *processes.SABOTAGES,
    *gateway.SABOTAGES,
    *notifier.SABOTAGES,
    *telegram.SABOTAGES,
    *files.SABOTAGES,
    *people.SABOTAGES,
    *personal.SABOTAGES,
    *places.SABOTAGES,
    *groups.SABOTAGES,
    *areas.SABOTAGES,
    *times.SABOTAGES,
    *merging.SABOTAGES,
    *many.SABOTAGES,
)
