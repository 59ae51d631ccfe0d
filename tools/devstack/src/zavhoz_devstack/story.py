"""The one story that everything is built around, played by two people through the stand-in for Telegram.

Anna, who works in the school, photographs a dripping tap; Marina, the facility manager, takes the request, finds it in
the queue and completes it. The tour prints it; the end-to-end tests play it with a service killed in the middle.
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Answer, Person, SandboxClient, SeenMessage

REQUESTER_ID = 700_002
WORDS = "Течёт кран в кабинете 214, на полу уже вода"
PATIENCE_SECONDS = 60.0
"""How long to wait for what must come: a service that was killed is back within it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript: who did or saw what, and how many milliseconds after the step began."""

    who: str
    does: str
    text: str
    milliseconds: float


Tell = Callable[[Line], None]
Around = Callable[[str], AbstractAsyncContextManager[None]]
"""Is told the step: `draft`, `send`, `take`, `complete`."""


def undisturbed(_: str) -> AbstractAsyncContextManager[None]:
    """Nothing happens around a step."""
    return nullcontext()


class Story:
    """Plays the story once. `around` is entered before each step and left after it, without waiting for its effects."""

    def __init__(self, sandbox: SandboxClient, tell: Tell, around: Around = undisturbed) -> None:
        self._sandbox = sandbox
        self._tell = tell
        self._around = around
        self._began = time.monotonic()
        self.photo = picture()

    async def play(self) -> None:
        """From the first /start to the notice that the work is done.

        Raises:
            AssertionError: somebody did not see what they should have; the text shows their chat.
        """
        marina = await self._sandbox.person(MANAGER_ID, "Марина", language_code="ru")
        anna = await self._sandbox.person(REQUESTER_ID, "Анна", language_code="ru")
        for person in (marina, anna):
            self._does(person, "writes", "/start")
            await person.text("/start")
            await self._sees(person, f"Здравствуйте, {person.first_name}")

        self._does(anna, "sends a photo", WORDS)
        async with self._around("draft"):
            await anna.photo(self.photo, caption=WORDS)
        draft = await self._sees(anna, "Новая заявка")
        await self._press(anna, draft, "🔴 Высокий")
        draft = await self._sees(anna, lambda message: "● 🔴 Высокий" in message.labels)
        await self._press(anna, draft, "📨 Отправить", step="send", answer="Принято: #1")
        await self._sees(anna, lambda message: message.id == draft.id and "#1 🆕 Открыта" in message.text)

        mine = await self._asks(anna, "/my", lambda message: "🆕 #1" in "".join(message.labels))
        card = await self._sees(marina, "#1 🆕 Открыта")
        await self._press(marina, card, "🔧 Взять в работу", step="take", answer="#1: взято в работу")
        await self._sees(anna, "#1 🔧 В работе: ")
        await self._sees(marina, lambda message: message.id == card.id and "✅ Выполнено" in message.labels)
        queue = await self._asks(marina, "/queue", lambda message: "🔴 Высокий приоритет\n🔧 #1 " in message.text)
        await self._press(marina, queue, "#1")
        card = await self._sees(marina, lambda message: message.id > queue.id and "✅ Выполнено" in message.labels)
        await self._press(marina, card, "✅ Выполнено", step="complete", answer="#1: выполнено")
        await self._sees(anna, "#1 ✅ Выполнено: ")
        await self._sees(marina, lambda message: message.id == card.id and "#1 ✅ Выполнена" in message.text)
        await self._sees(anna, lambda message: message.id == draft.id and "#1 ✅ Выполнена" in message.text)
        await self._press(anna, mine, "Закрытые")
        await self._sees(anna, lambda message: message.id == mine.id and "✅ #1" in "".join(message.labels))

    def _does(self, person: Person, does: str, text: str) -> None:
        self._began = time.monotonic()
        self._tell(Line(person.first_name, does, text, 0.0))

    async def _asks(self, person: Person, command: str, wanted: Callable[[SeenMessage], bool]) -> SeenMessage:
        self._does(person, "writes", command)
        await person.text(command)
        return await self._sees(person, wanted)

    async def _sees(self, person: Person, wanted: str | Callable[[SeenMessage], bool]) -> SeenMessage:
        message = await person.wait_for(wanted, timeout=PATIENCE_SECONDS)
        shown = message.text + "".join(f"\n[{'] ['.join(label for label, _ in row)}]" for row in message.buttons)
        self._tell(Line(person.first_name, "sees", shown, self._elapsed()))
        return message

    async def _press(
        self, person: Person, message: SeenMessage, label: str, *, step: str | None = None, answer: str = ""
    ) -> None:
        self._does(person, "presses", f"[{label}]")
        async with self._around(step) if step is not None else nullcontext():
            query = await person.begin_press(message, label)
        answered = await self._sandbox.answer(query, PATIENCE_SECONDS)
        if answered != Answer(answer, alert=False):
            raise AssertionError(f"{person.first_name} pressed {label!r} and was answered {answered}, not {answer!r}")
        if answer:
            self._tell(Line(person.first_name, "is told", answer, self._elapsed()))

    def _elapsed(self) -> float:
        return (time.monotonic() - self._began) * 1000
