"""The one story that everything is built around, played by two people through the stand-in for Telegram.

Anna, who works in the school, photographs a dripping tap; Marina, the facility manager, takes the request and completes
it. The tour prints it, the end-to-end tests play it with a service killed in the middle.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from zavhoz_sandbox.client import SandboxClient

from zavhoz_devstack.sample import picture

MANAGER_ID = 700_001
REQUESTER_ID = 700_002
WORDS = "Течёт кран в кабинете 214, на полу уже вода"
PATIENCE = 30.0
"""Seconds to wait for what must come; a service that was killed has to come back within them."""

Between = Callable[[str], Awaitable[None]]


@dataclass
class Told:
    """One line of the transcript: who, what they did or saw, and the milliseconds since the last press or message."""

    who: str
    what: str
    milliseconds: float | None = None


@dataclass
class Story:
    """The people and what has happened so far. `between` is awaited after each step with the step's name."""

    sandbox: SandboxClient
    tell: Callable[[Told], None]
    between: Between
    photo: bytes = field(default_factory=picture)
