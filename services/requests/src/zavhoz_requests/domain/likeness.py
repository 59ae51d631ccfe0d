"""How alike two descriptions of trouble are, from how many of their words are the same. Pure."""

from __future__ import annotations

from typing import Final

SHARE_HERE: Final = 0.3
"""In the same place as much of the shorter one has to be in the other."""
SHARE_ANYWHERE: Final = 0.7
WORDS_ANYWHERE: Final = 2
"""Where no place is known, so many words, and that share, have to be the same."""
COMMON: Final = (
    "сломан сломана сломано сломалось сломался сломалась поломка работает работают неисправен неисправна проблема"
    " почините починить ремонт исправьте нужно нужен нужна надо пожалуйста прошу очень опять снова уже еще"
    " кабинет аудитория класс комната этаж корпус здание школа фото видео документ сегодня вчера утром"
    " весь все совсем день неделя второй третий"
    " broken broke work works working problem fix repair please need needs again still very"
    " room office classroom floor building school photo video document today yesterday day days week"
)
"""Words that say nothing of what is broken; what the stop words of a language leave of them."""


def likeness(said: int, theirs: int, same: int, typed: int, *, same_place: bool) -> float:
    """From 0, not alike, to 1. `said` and `theirs` are how many words each has, without the common ones.

    `same` of those are in both, and `typed` more if one of the two was mistyped. Without a word, which a photo of a
    place needs none of, whatever is broken in the same place may be it.
    """
    if said == 0:
        return 0.1 if same_place else 0
    fewest = min(said, theirs)
    if fewest == 0:
        return 0
    share = min((same + typed) / fewest, 1.0)
    if same_place:
        return share if share >= SHARE_HERE else 0
    return share if share >= SHARE_ANYWHERE and same + typed >= WORDS_ANYWHERE and same >= 1 else 0
