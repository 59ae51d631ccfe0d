"""Categories: made and changed by managers, chosen when filing, and what they do to requests."""

from __future__ import annotations

from uuid import uuid4

import pytest
from e2e_support import Running, asked, become, button, file_request, number_of, pressed, refused, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.managed_callbacks import ShelfAction, ShelfPress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
_DENIED = "Это доступно только завхозу без ограничения по местам"


async def typed(person: Person, message: SeenMessage, words: str, shows: str) -> SeenMessage:
    """Answer the question in a message, which is then the page that shows the answer."""
    said = await person.text(words)
    page = await person.wait_for(lambda one: one.id == message.id and shows in one.text)
    await person.wait_for(lambda one: one.text in ("Сохранено.", "Saved."), after=said.id)
    return page


async def shelf_of(manager: Person, title: str = "Категории") -> SeenMessage:
    said = await manager.text("/categories")
    return await manager.wait_for(f"🏷 {title}", after=said.id)


async def made(manager: Person, name: str) -> SeenMessage:
    """A new category; its page."""
    shelf = await pressed(manager, await shelf_of(manager), "➕", "Как назвать")
    return await typed(manager, shelf, name, f"🏷 {name}")


async def begun(person: Person, words: str) -> SeenMessage:
    """A draft with words."""
    said = await person.text(words)
    return await person.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)


async def sorted_by(person: Person, draft: SeenMessage, name: str, shows: str) -> SeenMessage:
    """Choose a category for a draft."""
    choice = await pressed(person, draft, "🏷", "🏷")
    choice = await person.wait_for(lambda one: one.id == choice.id and any(name in label for label in one.labels))
    return await pressed(person, choice, name, shows)


async def sent(person: Person, draft: SeenMessage) -> SeenMessage:
    """[Send]; the message as the card."""
    await person.press(draft, button(draft, "📨"))
    return await person.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))


@pytest.mark.story(
    "Categories",
    "A manager makes a category: names, a priority, a worker, questions; each change is on its page, and can be undone",
    languages="ru, en",
    refusals=["a name that there is", "too many questions", "a technician", "a manager of one building"],
)
async def test_a_category_is_made_and_changed(running: Running) -> None:
    marina, boris = await running.person(MANAGER_ID, "Марина"), await somebody(running, "Борис")
    await become(running, boris, "technician")
    shelf = await shelf_of(marina)
    assert "Категорий пока нет" in shelf.text
    page = await made(marina, "Сантехника")
    page = await pressed(marina, page, "✏️ Название: English", "Напишите новое название (English)")
    page = await typed(marina, page, "Plumbing", "Название (English): Plumbing")
    page = await pressed(marina, page, "🚦", "Какая срочность")
    page = await pressed(marina, page, "🔴", "🔴 Срочность: Высокий")
    page = await pressed(marina, page, "👷", "Кому поручать")
    page = await pressed(marina, page, "Борис", "Поручать: Борис")
    page = await pressed(marina, page, "❓ Вопросы: Русский", "каждый с новой строки")
    page = await typed(marina, page, "Какой кран?\nДавно ли течёт?", "• Какой кран?\n• Давно ли течёт?")
    history = page.text.split("Последние изменения\n")[1].splitlines()
    assert [line.partition(", Марина: ")[2] for line in history] == [
        "вопросы (Русский): — → 2 вопроса",
        "исполнитель: — → Борис",
        "срочность: — → Высокий",
        "название (English): — → Plumbing",
        "название (Русский): — → Сантехника",
    ]

    # What will not do is said, and can be typed again.
    page = await pressed(marina, page, "❓ Вопросы: Русский", "Какой кран?\nДавно ли течёт?")
    said = await marina.text("\n".join(f"Вопрос {n}?" for n in range(6)))
    wrong = await marina.wait_for("Вопросов не больше 5", after=said.id)
    page = await pressed(marina, wrong, "✏️ Ввести ещё раз", "каждый с новой строки")
    page = await typed(marina, page, "Какой кран?", "• Какой кран?")
    page = await pressed(marina, page, "‹", "1 категория")
    page = await pressed(marina, page, "➕", "Как назвать")
    said = await marina.text("сантехника")
    wrong = await marina.wait_for("Такая категория уже есть", after=said.id)
    page = await pressed(marina, wrong, "✏️ Ввести ещё раз", "Как назвать")
    page = await typed(marina, page, "Мебель", "🏷 Мебель")

    # Archived, it is chosen no more, and comes back.
    page = await pressed(marina, page, "🗄", "В архиве")
    page = await pressed(marina, page, "♻️", "из архива")
    page = await pressed(marina, page, "🗄", "В архиве")
    shelf = await shelf_of(marina)
    assert "1 категория\n🗄 в архиве 1" in shelf.text
    assert shelf.labels == ("🔴 Сантехника", "🗄 Мебель", "➕ Новая")

    # A question that something else takes the place of, and one that is given up.
    page = await pressed(marina, shelf, "Мебель", "В архиве")
    page = await pressed(marina, page, "✏️ Название: Русский", "Напишите новое название (Русский)")
    said = await marina.text("/cancel")
    await marina.wait_for(lambda one: one.id == page.id and "Изменение категории отменено" in one.text)
    await marina.wait_for(lambda one: one.id > said.id)

    # Nobody else, and not in another building: neither the page, nor its buttons.
    olga, english = await somebody(running, "Ольга"), await somebody(running, "John", language="en")
    await become(running, olga, "manager", "dorm")
    await become(running, english, "manager")
    archive = ShelfPress(action=ShelfAction.ARCHIVE, category_id=(await ids_of(running))[0]).pack()
    for person in (boris, olga):
        said = await person.text("/categories")
        told = await person.wait_for(_DENIED, after=said.id)
        assert await refused(person, told, archive) == "Вам это действие недоступно."
        assert _DENIED in await refused(person, told, ShelfPress(action=ShelfAction.LIST).pack())
    shelf = await shelf_of(english, "Categories")
    page = await pressed(english, shelf, "Plumbing", "Name (English): Plumbing")
    assert "🔴 Priority: High" in page.text
    page = await pressed(english, page, "👷", "Whom are its requests given to")
    page = await pressed(english, page, "nobody", "Given to: —")
    assert "worker: Борис → —" in page.text


async def ids_of(running: Running) -> list[object]:
    return await running.values("requests", "SELECT id FROM categories ORDER BY position")


@pytest.mark.story(
    "Categories",
    "Filing with a category: its questions are asked one by one, its priority and its worker are the request's,"
    " and the queue is narrowed to it",
    languages="ru, en",
    refusals=["an answer that is too long"],
)
async def test_filing_with_a_category(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    ivan, john = await somebody(running, "Иван"), await somebody(running, "John", language="en")
    await become(running, ivan, "technician")
    name = f"Вода {uuid4().hex[:6]}"
    page = await made(marina, name)
    page = await pressed(marina, page, "✏️ Название: English", "Напишите новое название (English)")
    page = await typed(marina, page, f"Water {name[5:]}", "Water")
    page = await pressed(marina, page, "❓ Вопросы: English", "каждый с новой строки")
    page = await typed(marina, page, "Which tap?", "• Which tap?")
    page = await pressed(marina, page, "❓ Вопросы: Русский", "каждый с новой строки")
    page = await typed(marina, page, "Какой кран?\nДавно ли течёт?\nЕсть ли ключ?", "• Есть ли ключ?")
    page = await pressed(marina, page, "🚦", "Какая срочность")
    page = await pressed(marina, page, "🔴", "🔴 Срочность: Высокий")
    page = await pressed(marina, page, "👷", "Кому поручать")
    await pressed(marina, page, "Иван", "Поручать: Иван")

    # Nobody has to choose one.
    card = await file_request(anna, "Скрипит дверь в учительскую")
    assert "🏷" not in card.text
    draft = await begun(anna, "Капает из крана на кухне")
    assert "🏷 категория не выбрана" in draft.text
    assert "● 🟡 Средний" in draft.labels
    draft = await sorted_by(anna, draft, name, "Вопрос 1 из 3")
    assert "❓ Какой кран?" in draft.text
    said = await anna.text("о" * 201)
    await anna.wait_for("Слишком длинный ответ: 201", after=said.id)
    await anna.text("Левый <холодный>")
    draft = await anna.wait_for(lambda one: one.id == draft.id and "Вопрос 2 из 3" in one.text)
    draft = await pressed(anna, draft, "⏭ Пропустить", "Вопрос 3 из 3")
    await anna.text("На вахте")
    draft = await anna.wait_for(lambda one: one.id == draft.id and "❓ Есть ли ключ? — На вахте" in one.text)
    assert f"🏷 {name}\n❓ Какой кран? — Левый <холодный>\n❓ Давно ли течёт? — —" in draft.text
    assert "● 🔴 Высокий" in draft.labels
    assert "Капает из крана на кухне" in draft.text

    # Answered anew, and what is typed afterwards is the description's again.
    draft = await pressed(anna, draft, "❓ Ответы", "Сейчас: Левый <холодный>")
    await anna.text("Правый")
    draft = await anna.wait_for(lambda one: one.id == draft.id and "Вопрос 2 из 3" in one.text)
    draft = await pressed(anna, draft, "⏭", "Вопрос 3 из 3")
    draft = await pressed(anna, draft, "✖ Убрать ответ", "❓ Есть ли ключ? — —")
    draft = await pressed(anna, draft, "‹ К заявке", "❓ Какой кран? — Правый")
    await anna.text("ведро уже полное")
    draft = await anna.wait_for(lambda one: one.id == draft.id and "ведро уже полное" in one.text)
    card = await sent(anna, draft)
    number = number_of(card)
    card = await anna.wait_for(lambda one: one.id == card.id and "🛠 Исполнитель: Иван" in one.text)
    assert f"🏷 {name}\n🔴 Высокий приоритет" in card.text
    assert "\n❓ Какой кран? — Правый\n" in card.text
    assert "Давно ли течёт" not in card.text
    await ivan.wait_for(f"#{number} 👷 Поручено вам")

    # In another language, with a priority of one's own; a photo while a question is asked goes with the rest.
    draft = await begun(john, "The tap in the gym does not close")
    await john.press(draft, button(draft, "🟢"))
    draft = await sorted_by(john, draft, "Water", "Question 1 of 1")
    assert "❓ Which tap?" in draft.text
    await john.text("The left one")
    draft = await john.wait_for(lambda one: one.id == draft.id and "❓ Which tap? — The left one" in one.text)
    card = await sent(john, draft)
    assert f"🏷 Water {name[5:]}\n🟢 Low priority" in card.text

    asked_for = await ivan.text("/queue")
    queue = await ivan.wait_for("🛠 Очередь", after=asked_for.id)
    choice = await pressed(ivan, queue, "⚙️", "Показано всё")
    choice = await pressed(ivan, choice, "🏷 Категория", "какой категории показать")
    choice = await pressed(ivan, choice, name, f"🏷 {name}")
    queue = await pressed(ivan, choice, "‹ Показать", f"#{number} ")
    assert [label for label in queue.labels if label.startswith("#")] == [f"#{number}", f"#{number_of(card)}"]


@pytest.mark.story(
    "Categories",
    "The category of a request is changed while nobody has taken it; what changes meanwhile is said at [Send]",
    languages="ru",
    refusals=[
        "a category archived meanwhile, at [Send], and the draft stays",
        "one changed meanwhile",
        "chosen too late",
    ],
)
async def test_a_category_that_changes_meanwhile(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    first, second = (f"{kind} {uuid4().hex[:6]}" for kind in ("Свет", "Окна"))
    page = await made(marina, first)
    await made(marina, second)

    card = await file_request(anna, "Не горит лампа над доской")
    number = number_of(card)
    hers = await marina.wait_for(f"#{number} 🆕")
    question = await asked(anna, card, "✏️ Изменить")
    choice = await pressed(anna, question, "🏷 Категория", "Выберите категорию")
    question = await pressed(anna, choice, "‹", "Что написать в заявке")
    choice = await pressed(anna, question, "🏷 Категория", "Выберите категорию")
    await anna.press(choice, button(choice, first))
    card = await anna.wait_for(lambda one: one.id == choice.id and f"🏷 {first}" in one.text)
    await marina.wait_for(lambda one: one.id == hers.id and f"🏷 {first}" in one.text)

    draft = await sorted_by(anna, await begun(anna, "Мигает свет на лестнице"), first, f"🏷 {first}")
    page = await pressed(marina, page, "❓ Вопросы: Русский", "каждый с новой строки")
    page = await typed(marina, page, "Какая лестница?", "• Какая лестница?")
    assert "Эту категорию тем временем изменили" in await refused(anna, draft, draft.data(button(draft, "📨")))
    draft = await anna.wait_for(lambda one: one.id == draft.id and "❓ Какая лестница? — —" in one.text)
    await pressed(marina, page, "🗄", "В архиве")
    assert "Такой категории больше нет" in await refused(anna, draft, draft.data(button(draft, "📨")))
    choice = await pressed(anna, draft, "🏷", "Выберите категорию")
    assert not [label for label in choice.labels if first in label]
    draft = await pressed(anna, choice, "✖ Без категории", "🏷 категория не выбрана")
    filed = await sent(anna, draft)
    assert "🏷" not in filed.text

    # The question is still open when somebody takes it: too late.
    question = await asked(anna, filed, "✏️ Изменить")
    choice = await pressed(anna, question, "🏷 Категория", "Выберите категорию")
    theirs = await marina.wait_for(f"#{number_of(filed)} 🆕")
    await marina.press(theirs, button(theirs, "🔧"))
    await anna.wait_for(f"#{number_of(filed)} 🔧", after=filed.id)
    assert await refused(anna, choice, choice.data(button(choice, second)))
