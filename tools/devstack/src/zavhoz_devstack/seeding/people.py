"""Who there is at the demo's school, and how they are made known at the stand-in for Telegram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zavhoz_devstack.environment import DEPUTY_ID, MANAGER_ID, TECHNICIAN_ID
from zavhoz_sandbox.client import Person, SandboxClient


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the school; `about` is what Telegram shows below their name."""

    id: int
    first_name: str
    last_name: str
    about: str
    language: str = "ru"

    @property
    def name(self) -> str:
        """As the bot sees it."""
        return f"{self.first_name} {self.last_name}"


ANNA: Final = Known(700_002, "Анна", "Лебедева", "учитель, кабинет 214")
PYOTR: Final = Known(TECHNICIAN_ID, "Пётр", "Смирнов", "техник")
MARINA: Final = Known(MANAGER_ID, "Марина", "Ковалёва", "завхоз")
OLGA: Final = Known(700_004, "Ольга", "Никитина", "библиотекарь")
IGOR: Final = Known(700_005, "Игорь", "Волков", "физика, кабинет 305")
SVETLANA: Final = Known(700_006, "Светлана", "Орлова", "повар")
VIKTOR: Final = Known(700_007, "Виктор", "Гусев", "охранник, главный вход")
TAMARA: Final = Known(700_008, "Тамара", "Белова", "начальные классы, кабинет 108")
RUSLAN: Final = Known(700_009, "Руслан", "Ахметов", "физкультура")
NINA: Final = Known(700_010, "Нина", "Фролова", "медсестра")
EMILY: Final = Known(700_011, "Emily", "Clark", "exchange teacher, room 210", "en")
DENIS: Final = Known(700_012, "Денис", "Козлов", "информатика, кабинет 301")
GRACE: Final = Known(DEPUTY_ID, "Grace", "Miller", "deputy facility manager", "en")
GENNADY: Final = Known(700_014, "Геннадий", "Попов", "техник спортивного корпуса")

PEOPLE: Final = (
    *(ANNA, PYOTR, MARINA, OLGA, IGOR, SVETLANA, VIKTOR, TAMARA, RUSLAN, NINA, EMILY, DENIS),
    *(GRACE, GENNADY),
)
"""In the order in which the page offers them; it begins with the first three."""

STAFF: Final = (PYOTR, GENNADY, MARINA, GRACE)
"""Who does the work."""


async def acting(sandbox: SandboxClient, who: Known) -> Person:
    """Somebody of the school, to act as them."""
    return await sandbox.person(
        who.id, who.first_name, last_name=who.last_name, about=who.about, language_code=who.language
    )


async def introduce(sandbox: SandboxClient, *, started: bool) -> None:
    """Make them known at the stand-in; `started`: they have begun a chat with the bot before."""
    for one in PEOPLE:
        await sandbox.post(
            "people",
            {
                "id": one.id,
                "first_name": one.first_name,
                "last_name": one.last_name,
                "about": one.about,
                "language_code": one.language,
                "started": started,
            },
        )
