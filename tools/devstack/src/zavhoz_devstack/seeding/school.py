"""Two weeks at a small school: what broke, who said so, and what became of it.

A case is a request and its life; later features add their actions here, in `Action` and in `history`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from zavhoz_contracts.message import Priority
from zavhoz_devstack.seeding.people import (
    ANNA,
    DENIS,
    EMILY,
    IGOR,
    MARINA,
    NINA,
    OLGA,
    PYOTR,
    RUSLAN,
    SVETLANA,
    TAMARA,
    VIKTOR,
    Known,
)

Action = Literal["take", "complete", "reject", "comment", "confirm", "reopen", "cancel", "hold", "merge"]
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did, so many hours after the step before."""

    hours: float
    who: Known
    action: Action
    words: str = ""
    photos: tuple[str, ...] = ()
    rating: int = 5
    into: str = ""
    """The words of the case that it is the same as."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request: filed so many days ago at a time of the day (hours, UTC), with photos by the names of samples."""

    days: int
    hour: float
    who: Known
    priority: Priority
    words: str
    photos: tuple[str, ...] = ()
    then: tuple[Step, ...] = ()


def took(hours: float, who: Known = PYOTR) -> Step:
    return Step(hours, who, "take")


def done(hours: float, who: Known = PYOTR) -> Step:
    return Step(hours, who, "complete")


def refused(hours: float, why: str) -> Step:
    return Step(hours, MARINA, "reject", why)


def rated(hours: float, who: Known, rating: int = 5) -> Step:
    return Step(hours, who, "confirm", rating=rating)


def again(hours: float, who: Known, words: str, *photos: str) -> Step:
    return Step(hours, who, "reopen", words, photos)


def withdrawn(hours: float, who: Known) -> Step:
    return Step(hours, who, "cancel")


def held(hours: float, why: str, who: Known = PYOTR) -> Step:
    return Step(hours, who, "hold", why)


def merged(hours: float, into: str) -> Step:
    return Step(hours, MARINA, "merge", into=into)


def said(hours: float, who: Known, words: str, *photos: str) -> Step:
    return Step(hours, who, "comment", words, photos)


CASES: Final = (
    Case(
        14,
        8.2,
        TAMARA,
        HIGH,
        "В кабинете 108 не открывается дверь, дети ждут в коридоре",
        ("hanging-handle",),
        (
            took(0.1),
            said(0.3, PYOTR, "Сломалась ручка, открыл, поставлю новую"),
            done(1.2),
            said(0.2, TAMARA, "Спасибо!"),
            rated(5, TAMARA),
        ),
    ),
    Case(
        14,
        9.5,
        OLGA,
        LOW,
        "В библиотеке скрипит стеллаж у окна",
        (),
        (
            took(26),
            done(3),
            rated(1, OLGA),
        ),
    ),
    Case(
        14,
        11,
        SVETLANA,
        HIGH,
        "На кухне засорилась раковина, вода не уходит",
        ("blocked-drain",),
        (
            took(0.2),
            done(1.5),
            said(0.1, PYOTR, "Прочистил, сетку поменял"),
            rated(20, SVETLANA, 4),
        ),
    ),
    Case(
        13,
        8.5,
        IGOR,
        MEDIUM,
        "В 305 искрит розетка у доски",
        ("torn-socket",),
        (
            said(0.2, MARINA, "Не пользуйтесь ей, пожалуйста"),
            took(0.3),
            done(4),
            rated(3, IGOR),
        ),
    ),
    Case(
        13,
        10.1,
        EMILY,
        MEDIUM,
        "The projector in room 210 shows everything in pink",
        ("broken-projector",),
        (
            took(20),
            said(1, PYOTR, "The cable is bad, I have ordered a new one"),
            done(50),
            said(1, EMILY, "Works perfectly, thank you"),
            rated(2, EMILY),
        ),
    ),
    Case(
        13,
        13,
        VIKTOR,
        LOW,
        "У главного входа переполнена урна",
        ("overflowing-bin",),
        (
            took(2),
            done(0.5),
            rated(5, VIKTOR, 3),
        ),
    ),
    Case(
        12,
        7.9,
        RUSLAN,
        HIGH,
        "В спортзале разбито окно, осколки на полу",
        ("broken-window",),
        (
            took(0.1, MARINA),
            said(0.2, MARINA, "Зал закрыт, стекольщик будет к обеду"),
            done(5, MARINA),
            rated(1, RUSLAN),
        ),
    ),
    Case(
        12,
        9.2,
        DENIS,
        LOW,
        "Прошу поставить в 301 второй кондиционер",
        (),
        (refused(3, "Закупок в этом году больше не будет, заявка на следующий год передана директору"),),
    ),
    Case(
        12,
        12.4,
        NINA,
        MEDIUM,
        "В медкабинете холодная батарея",
        ("cold-radiator",),
        (
            took(1),
            said(2, PYOTR, "Спустил воздух, смотрим до завтра"),
            done(20),
            said(2, NINA, "Теперь тепло"),
            rated(20, NINA),
        ),
    ),
    Case(
        11,
        8.8,
        ANNA,
        MEDIUM,
        "Мигает лампа над третьим рядом, у детей болят глаза",
        ("flickering-lamp",),
        (
            took(2),
            done(3),
            rated(3, ANNA, 4),
        ),
    ),
    Case(
        11,
        9,
        ANNA,
        LOW,
        "Шатается стул у учительского стола",
        ("wobbly-chair",),
        (
            took(30),
            done(1),
            rated(2, ANNA),
        ),
    ),
    Case(
        11,
        11.3,
        TAMARA,
        MEDIUM,
        "Не закрывается форточка в 108",
        (),
        (
            took(5),
            done(2),
            rated(5, TAMARA),
        ),
    ),
    Case(
        10,
        8.1,
        SVETLANA,
        HIGH,
        "Не греет плита, через два часа обед",
        (),
        (
            took(0.1),
            said(0.5, PYOTR, "Выбило автомат, включил. Проверю проводку после обеда"),
            done(6),
            rated(1, SVETLANA),
        ),
    ),
    Case(
        10,
        10.8,
        OLGA,
        MEDIUM,
        "На потолке читального зала мокрое пятно, растёт",
        ("ceiling-stain",),
        (
            took(1),
            said(1, PYOTR, "Течёт стояк на третьем этаже, перекрыл"),
            said(3, OLGA, "Книги убрали, на сломанный стул поставили ведро", "wobbly-chair"),
            done(22),
            rated(20, OLGA),
        ),
    ),
    Case(
        10,
        14,
        VIKTOR,
        LOW,
        "Перегорела лампочка над крыльцом",
        (),
        (
            took(18),
            done(1),
            rated(3, VIKTOR),
        ),
    ),
    Case(
        7,
        8,
        IGOR,
        LOW,
        "Повесить полку для приборов в 305",
        (),
        (
            took(40),
            said(1, PYOTR, "Нужны дюбели, куплю"),
            done(30),
            rated(2, IGOR),
        ),
    ),
    Case(
        7,
        8.4,
        DENIS,
        MEDIUM,
        "В 301 не работают три розетки у окна",
        ("torn-socket",),
        (
            took(3),
            done(5),
            again(3, DENIS, "Средняя всё ещё не работает"),
            took(1),
            done(2),
            rated(5, DENIS),
        ),
    ),
    Case(
        7,
        9.7,
        EMILY,
        LOW,
        "Could we get a doorstop for room 210?",
        (),
        (
            took(6, MARINA),
            done(1, MARINA),
            rated(1, EMILY),
        ),
    ),
    Case(
        7,
        11.9,
        RUSLAN,
        MEDIUM,
        "В раздевалке мальчиков не закрывается шкафчик 12",
        ("hanging-handle",),
        (
            took(20),
            done(2),
            rated(20, RUSLAN),
        ),
    ),
    Case(
        6,
        7.8,
        TAMARA,
        HIGH,
        "В туалете на первом этаже сорвало кран, заливает",
        ("dripping-tap",),
        (
            took(0.05),
            said(0.1, PYOTR, "Воду перекрыл"),
            done(1.5),
        ),
    ),
    Case(6, 10, NINA, LOW, "Покрасить дверь медкабинета", (), (refused(20, "Красим все двери летом, ваша в списке"),)),
    Case(
        6,
        12.2,
        SVETLANA,
        MEDIUM,
        "Холодильник на кухне гудит и не морозит",
        (),
        (
            took(1),
            said(2, PYOTR, "Вызвал мастера, будет завтра с десяти до двенадцати"),
            done(26),
        ),
    ),
    Case(5, 8.6, ANNA, LOW, "Отклеился плинтус у двери", (), (took(50), done(2))),
    Case(5, 9.9, VIKTOR, HIGH, "Калитка не открывается по пропускам", (), (took(0.2, MARINA), done(2.5, MARINA))),
    Case(
        5,
        11.4,
        IGOR,
        MEDIUM,
        "В 305 опять пахнет горелым от розетки",
        ("torn-socket",),
        (
            took(0.5),
            said(0.5, PYOTR, "Обесточил, меняю линию"),
            said(20, IGOR, "Когда можно будет включать приборы?"),
            said(1, PYOTR, "Сегодня к вечеру"),
            done(5),
        ),
    ),
    Case(4, 8.3, OLGA, MEDIUM, "Не работает замок витрины", (), (took(7), done(18))),
    Case(4, 10.5, DENIS, LOW, "Жалюзи в 301 не опускаются", (), ()),
    Case(
        4,
        13.3,
        RUSLAN,
        MEDIUM,
        "Провисла баскетбольная сетка, кольцо шатается",
        (),
        (took(24), held(2, "Жду крепёж")),
    ),
    Case(3, 8, TAMARA, MEDIUM, "В 108 не закрывается кран", ("dripping-tap",), (took(2), done(1))),
    Case(
        3,
        9.4,
        EMILY,
        MEDIUM,
        "The radiator in room 210 is cold since Monday",
        ("cold-radiator",),
        (
            took(4),
            said(3, PYOTR, "I let the air out, please tell me if it is warm tomorrow"),
            said(16, EMILY, "Still cold, sorry"),
            held(2, "A new valve is on its way"),
        ),
    ),
    Case(3, 11.6, SVETLANA, LOW, "Заменить две плитки у мойки", (), ()),
    Case(3, 12.1, NINA, MEDIUM, "Не включается свет в процедурной", (), (withdrawn(0.2, NINA),)),
    Case(
        2,
        7.7,
        VIKTOR,
        HIGH,
        "Разбито стекло в двери запасного выхода",
        ("broken-window",),
        (
            took(0.3, MARINA),
            said(0.5, MARINA, "Закрыли фанерой, стекло будет в четверг"),
        ),
    ),
    Case(
        2,
        9.1,
        ANNA,
        MEDIUM,
        "Проектор в 214 гаснет через десять минут",
        ("broken-projector", "flickering-lamp"),
        (
            took(3),
            said(1, PYOTR, "Перегревается, почищу фильтр"),
            said(2, ANNA, "Завтра контрольная, можно до неё?"),
        ),
    ),
    Case(2, 10.9, NINA, MEDIUM, "Капает кран в процедурной", ("dripping-tap",), ()),
    Case(2, 11.1, NINA, LOW, "Кран в процедурной так и капает", (), (merged(1, "Капает кран в процедурной"),)),
    Case(2, 11.4, EMILY, LOW, "The door of room 210 does not lock", (), (withdrawn(1, EMILY),)),
    Case(
        2,
        14.5,
        OLGA,
        LOW,
        "Нужна вторая лампа на стол выдачи",
        (),
        (refused(3, "Лампа есть на складе, возьмите у Виктора"),),
    ),
    Case(
        1,
        7.5,
        RUSLAN,
        MEDIUM,
        "В душевой спортзала нет горячей воды",
        (),
        (took(1), said(1, PYOTR, "Сломан смеситель"), held(0.5, "Смеситель заказан")),
    ),
    Case(1, 8.2, IGOR, LOW, "Скрипит дверь 305, слышно на всём этаже", (), ()),
    Case(
        1, 8.6, IGOR, LOW, "Дверь 305 скрипит на весь этаж", (), (merged(1, "Скрипит дверь 305, слышно на всём этаже"),)
    ),
    Case(
        1,
        9.3,
        TAMARA,
        HIGH,
        "В коридоре первого этажа с потолка капает вода",
        ("ceiling-stain",),
        (
            took(0.2),
            said(0.4, MARINA, "Пётр, сначала это, остальное подождёт"),
        ),
    ),
    Case(1, 10.7, DENIS, MEDIUM, "В серверной жарко, кондиционер не включается", (), ()),
    Case(1, 12, SVETLANA, MEDIUM, "Засорился сток у мойки на кухне", ("blocked-drain",), ()),
    Case(1, 12.4, SVETLANA, HIGH, "У мойки стоит вода", (), (merged(0.3, "Засорился сток у мойки на кухне"),)),
    Case(1, 13.1, VIKTOR, LOW, "Урна у спортплощадки без дна", ("overflowing-bin",), ()),
    Case(1, 13.6, DENIS, LOW, "Не работает розетка за шкафом в серверной", (), (withdrawn(0.4, DENIS),)),
)
"""In the order in which they were filed; each ends before now, at whatever time of the day that is."""
