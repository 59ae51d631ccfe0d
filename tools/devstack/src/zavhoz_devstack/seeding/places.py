"""The school's rooms, as its office keeps them in a table, and where each case was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zavhoz_devstack.seeding.cases import Case
from zavhoz_devstack.seeding.desk import SORTED
from zavhoz_devstack.seeding.people import (
    ANNA,
    DENIS,
    EMILY,
    IGOR,
    NINA,
    OLGA,
    RUSLAN,
    SVETLANA,
    TAMARA,
    VIKTOR,
)

TREE: Final = """code;parent;kind;name
school;;site;Школа № 7
main;school;building;Главный корпус
gym;school;building;Спортивный корпус
yard;school;room;Двор
gate;yard;asset;Калитка
entrance;main;room;Главный вход
exit;main;room;Запасной выход
floor-1;main;floor;1 этаж
floor-2;main;floor;2 этаж
floor-3;main;floor;3 этаж
108;floor-1;room;Кабинет 108
medical;floor-1;room;Медкабинет
procedures;medical;room;Процедурная
canteen;floor-1;room;Столовая
kitchen;canteen;room;Кухня
wc-1;floor-1;room;Туалет
210;floor-2;room;Кабинет 210
214;floor-2;room;Кабинет 214
projector-214;214;asset;Проектор
library;floor-2;room;Библиотека
301;floor-3;room;Кабинет 301
305;floor-3;room;Кабинет 305 (физика)
servers;floor-3;room;Серверная
hall;gym;room;Спортзал
changing-boys;gym;room;Раздевалка мальчиков
showers;gym;room;Душевая
"""
"""To be loaded as `python -m zavhoz_requests places load` does."""
_USUAL: Final[Mapping[int, str]] = {
    ANNA.id: "214",
    DENIS.id: "301",
    EMILY.id: "210",
    IGOR.id: "305",
    NINA.id: "medical",
    OLGA.id: "library",
    RUSLAN.id: "hall",
    SVETLANA.id: "kitchen",
    TAMARA.id: "108",
    VIKTOR.id: "entrance",
}
_ELSEWHERE: Final = (
    ("процедурной", "procedures"),
    ("туалете", "wc-1"),
    ("коридоре первого", "floor-1"),
    ("раздевалке мальчиков", "changing-boys"),
    ("серверной", "servers"),
    ("калитка", "gate"),
    ("спортплощадки", "yard"),
)


def place_of(case: Case) -> str | None:
    """The code of the place where it was filed: where the person mostly is, unless the words name another."""
    if case.words in SORTED:
        return SORTED[case.words][0]
    words = case.words.lower()
    named = next((code for part, code in _ELSEWHERE if part in words), None)
    return named or _USUAL.get(case.who.id)
