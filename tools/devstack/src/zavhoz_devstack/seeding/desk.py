"""How the school's desk is set up: who does what, categories, times, replies, groups; and where each case belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from zavhoz_contracts.message import Priority
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_devstack.seeding.cases import Case
from zavhoz_devstack.seeding.people import GENNADY, GRACE, MARINA, PYOTR, Known

TECHNICIANS: Final[Mapping[Known, tuple[str, ...]]] = MappingProxyType({PYOTR: (), GENNADY: ("gym",)})
"""Who does the repairs, and the parts of the places that they are limited to."""


@dataclass(frozen=True, slots=True)
class Category:
    """`names` and `questions` are by language; a case whose words have one of the `parts` belongs there."""

    key: str
    names: Mapping[str, str]
    parts: tuple[str, ...]
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    priority: Priority | None = None
    assignee: Known | None = None


CATEGORIES: Final = (
    Category(
        "plumbing",
        {"ru": "Сантехника", "en": "Plumbing"},
        ("кран", "раковин", "сток", "вод", "мокрое"),
        {"ru": ("Вода перекрыта?", "Заливает что-нибудь внизу?"), "en": ("Is the water off?", "Does it leak below?")},
        Priority.HIGH,
    ),
    Category(
        "electricity",
        {"ru": "Электрика", "en": "Electricity"},
        ("розетк", "ламп", "свет"),
        {"ru": ("Что не работает: свет, розетки, всё?",), "en": ("What is off: lights, sockets, everything?",)},
        Priority.HIGH,
    ),
    Category("heating", {"ru": "Отопление", "en": "Heating"}, ("батаре", "radiator")),
    Category(
        "equipment",
        {"ru": "Техника", "en": "Equipment"},
        ("проектор", "projector", "холодильник", "плита", "кондиционер"),
        {"ru": ("Какой номер на наклейке?",), "en": ("What number is on its label?",)},
    ),
    Category("cleaning", {"ru": "Уборка", "en": "Cleaning"}, ("урна",), priority=Priority.LOW, assignee=PYOTR),
    Category(
        "doors",
        {"ru": "Двери и окна", "en": "Doors and windows"},
        ("двер", "door", "окно", "стекл", "форточк", "замок", "калитк"),
    ),
    Category(
        "furniture",
        {"ru": "Мебель", "en": "Furniture"},
        ("стул", "стеллаж", "полк", "шкафчик", "жалюзи"),
        priority=Priority.LOW,
    ),
)
"""In the order in which the words of a case are looked through."""

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "В 305 искрит розетка у доски": ("Розетки",),
        "В туалете на первом этаже сорвало кран, заливает": ("Нет", "Да, подвал"),
        "Капает кран в процедурной": ("Нет", "Нет, только раковину"),
        "Проектор в 214 гаснет через десять минут": ("214-07",),
    }
)
"""What was said to the questions, by the words of a case."""

REPLIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ru": (
            "Принято, приду сегодня до конца дня",
            "Нужна деталь, заказал. Напишу, когда придёт",
            "Пожалуйста, пришлите фото",
            "Сделано, проверьте, пожалуйста",
        ),
        "en": (
            "Got it, I will be there before the end of the day",
            "I have ordered a spare part and will write when it is here",
            "Please send a photo",
            "It is done, please have a look",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the staff at Telegram, with a topic for each category, in the language of who has set it up."""

    id: int
    title: str
    by: Known
    others: tuple[Known, ...]

    @property
    def members(self) -> tuple[int, ...]:
        """Whose programs show it, by Telegram's ids."""
        return tuple(one.id for one in (self.by, *self.others))


GROUPS: Final = (
    Group(-1_000_000_700_001, "Хозчасть", MARINA, (PYOTR, GENNADY)),
    Group(-1_000_000_700_002, "Facilities", GRACE, (PYOTR,)),
)

DIGEST_HOURS: Final[Mapping[Known, int]] = MappingProxyType({MARINA: 8})
"""When managers want to hear how things stand, where that is not the usual hour."""

SORTED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Жалюзи в 301 не опускаются": ("floor-3", "301"),
        "Заменить две плитки у мойки": ("canteen", "kitchen"),
        "Разбито стекло в двери запасного выхода": ("entrance", "exit"),
        "Проектор в 214 гаснет через десять минут": ("214", "projector-214"),
        "Капает кран в процедурной": ("medical", "procedures"),
        "В душевой спортзала нет горячей воды": ("gym", "showers"),
        "В серверной жарко, кондиционер не включается": ("floor-3", "servers"),
        "Засорился сток у мойки на кухне": ("canteen", "kitchen"),
    }
)
"""Where it was filed, and where it is: that was put right today, with which it appeared in the groups."""


def settings(today: date) -> Mapping[Setting, str]:
    """What a manager has typed for the whole organisation. Days off are to come: none of them is in the history."""
    monday = today + timedelta(days=21 - today.weekday())
    return {
        Setting.HOURS: "пн-пт 8-18, сб 9-15",
        Setting.HOLIDAYS: f"{monday}..{monday + timedelta(days=6)}",
        Setting.WORKING_DAYS: f"{monday - timedelta(days=8)}",
        Setting.REACTION_HIGH: "1 ч",
        Setting.REACTION_MEDIUM: "8 ч",
        Setting.REACTION_LOW: "16 ч",
        Setting.RESOLUTION_HIGH: "8 ч",
        Setting.RESOLUTION_MEDIUM: "24 ч",
        Setting.RESOLUTION_LOW: "40 ч",
        Setting.OPEN_LIMIT: "10",
    }


def category_of(case: Case) -> Category | None:
    """Where a case belongs, if anywhere."""
    words = case.words.lower()
    return next((one for one in CATEGORIES if any(part in words for part in one.parts)), None)
