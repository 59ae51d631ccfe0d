"""The one story that everything is built around, played by two people through the stand-in for Telegram.

Anna, who works in the school, photographs a dripping tap; Marina, the facility manager, takes the request, talks with
her about it, finds it in the queue and completes it. The tour prints it; the end-to-end tests play it with a service
killed in the middle.
"""

import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Person, SandboxClient, SeenMessage

REQUESTER_ID = 700_002
WORDS = "Течёт кран в кабинете 214, на полу уже вода"
PROMISE, THANKS = "Перекрою воду и приду через час", "Спасибо, ключ у вахтёра"
_LATER = "Попробуйте через минуту"
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
STEPS = (
    "start",
    "draft",
    "priority",
    "send",
    "mine",
    "take",
    "comment",
    "reply",
    "queue",
    "open",
    "complete",
    "closed",
)
"""What people do, in this order."""
Around = Callable[[str], AbstractAsyncContextManager[None]]
"""Is told the step, one of `STEPS`."""


def undisturbed(_: str) -> AbstractAsyncContextManager[None]:
    """Nothing happens around a step."""
    return nullcontext()


class Story:
    """Plays the story once. `around` is entered before each step and left after it, without waiting for its effects.

    Who is told "try again in a minute" does so: that is an answer, too, when a service is away.
    """

    def __init__(
        self, sandbox: SandboxClient, tell: Tell, around: Around = undisturbed, *, requester_id: int = REQUESTER_ID
    ) -> None:
        self._sandbox = sandbox
        self._tell = tell
        self._around = around
        self._began = time.monotonic()
        self.requester_id = requester_id
        self.photo = picture()
        self.number = 0
        """The request's, once it is filed."""

    async def play(self) -> None:
        """From the first /start to the notice that the work is done.

        Raises:
            AssertionError: somebody did not see what they should have; the text shows their chat.
        """
        marina = await self._sandbox.person(MANAGER_ID, "Марина", language_code="ru")
        anna = await self._sandbox.person(self.requester_id, "Анна", language_code="ru")
        await self._asks(marina, "/start", lambda message: "Здравствуйте, Марина" in message.text)
        await self._asks(anna, "/start", lambda message: "Здравствуйте, Анна" in message.text, step="start")

        draft = await self._files(anna)
        n = f"#{self.number}"
        mine = await self._asks(anna, "/my", lambda message: f"🆕 {n}" in "".join(message.labels), step="mine")
        card = await self._sees(marina, f"{n} 🆕 Открыта")
        await self._press(marina, card, "🔧 Взять в работу", step="take", answer=f"{n}: взято в работу")
        await self._sees(anna, f"{n} 🔧 В работе: ")
        await self._sees(marina, lambda message: message.id == card.id and "✅ Выполнено" in message.labels)
        await self._talk(marina, anna, card)
        in_work = f"🔴 Высокий приоритет\n🔧 {n} "
        queue = await self._asks(marina, "/queue", lambda message: in_work in message.text, step="queue")
        await self._press(marina, queue, n, step="open")
        card = await self._sees(marina, lambda message: message.id > queue.id and "✅ Выполнено" in message.labels)
        await self._press(marina, card, "✅ Выполнено")
        card = await self._sees(marina, f"{n} Что сделано?")
        await self._press(marina, card, "✅ Без слов", step="complete", answer=f"{n}: выполнено")
        await self._sees(anna, f"{n} ✅ Выполнено: ")
        await self._sees(marina, lambda message: message.id == card.id and f"{n} ✅ Выполнена" in message.text)
        await self._sees(anna, lambda message: message.id == draft.id and f"{n} ✅ Выполнена" in message.text)
        await self._press(anna, mine, "Закрытые", step="closed")
        await self._sees(anna, lambda message: message.id == mine.id and f"✅ {n}" in "".join(message.labels))

    async def _files(self, anna: Person) -> SeenMessage:
        """A draft from a photo, sent; returns the message that became the card."""
        self._does(anna, "sends a photo", WORDS)
        async with self._around("draft"):
            await anna.photo(self.photo, caption=WORDS)
        draft = await self._sees(anna, "Новая заявка")
        await self._press(anna, draft, "🔴 Высокий", step="priority")
        draft = await self._sees(anna, lambda message: "● 🔴 Высокий" in message.labels)
        accepted = await self._press(anna, draft, "📨 Отправить", step="send", answer=r"Принято: #\d+")
        self.number = int(accepted.rpartition("#")[2])
        await self._sees(anna, lambda message: message.id == draft.id and f"#{self.number} 🆕 Открыта" in message.text)
        return draft

    async def _talk(self, marina: Person, anna: Person, card: SeenMessage) -> None:
        """Marina comments by the button of her card, Anna by a reply to what she is told of it."""
        n = f"#{self.number}"
        await self._press(marina, card, "💬 Комментировать")
        await self._sees(marina, f"{n} Что передать?")
        self._does(marina, "writes", PROMISE)
        async with self._around("comment"):
            await marina.text(PROMISE)
        notice = await self._sees(anna, f"{n} 💬 Марина: {PROMISE}")
        await self._sees(marina, f"{n}: комментарий добавлен")
        self._does(anna, "replies", THANKS)
        async with self._around("reply"):
            await anna.text(THANKS, reply_to=notice.id)
        await self._sees(marina, f"{n} 💬 Анна: {THANKS}")
        await self._sees(anna, f"{n}: комментарий добавлен")
        await self._sees(marina, lambda message: message.id == card.id and f"Анна: {THANKS}" in message.text)

    def _does(self, person: Person, does: str, text: str) -> None:
        self._began = time.monotonic()
        self._tell(Line(person.first_name, does, text, 0.0))

    async def _asks(
        self, person: Person, command: str, wanted: Callable[[SeenMessage], bool], *, step: str | None = None
    ) -> SeenMessage:
        async with self._step(step):
            self._does(person, "writes", command)
            said = await person.text(command)
        answer = await self._sees(person, lambda one: one.id > said.id and (wanted(one) or _LATER in one.text))
        return answer if wanted(answer) else await self._asks(person, command, wanted)

    async def _sees(self, person: Person, wanted: str | Callable[[SeenMessage], bool]) -> SeenMessage:
        message = await person.wait_for(wanted, timeout=PATIENCE_SECONDS)
        shown = message.text + "".join(f"\n[{'] ['.join(label for label, _ in row)}]" for row in message.buttons)
        self._tell(Line(person.first_name, "sees", shown, self._elapsed()))
        return message

    async def _press(
        self, person: Person, message: SeenMessage, label: str, *, step: str | None = None, answer: str = ""
    ) -> str:
        """Returns what was answered: all of it fits the pattern `answer`; none is a silent end of the waiting."""
        self._does(person, "presses", f"[{label}]")
        async with self._step(step):
            query = await person.begin_press(message, label)
        answered = await self._sandbox.answer(query, PATIENCE_SECONDS)
        if answered is not None and _LATER in answered.text:
            return await self._press(person, message, label, answer=answer)
        if answered is None or answered.alert or not re.fullmatch(answer, answered.text):
            raise AssertionError(f"{person.first_name} pressed {label!r} and was answered {answered}, not {answer!r}")
        if answer:
            self._tell(Line(person.first_name, "is told", answered.text, self._elapsed()))
        return answered.text

    def _step(self, name: str | None) -> AbstractAsyncContextManager[None]:
        return undisturbed("") if name is None else self._around(name)

    def _elapsed(self) -> float:
        return (time.monotonic() - self._began) * 1000
