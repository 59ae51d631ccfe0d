"""Lists of requests: a line is a button that opens the card."""

from __future__ import annotations

from zavhoz_contracts.api.v1 import RequestPage
from zavhoz_telegram.callbacks import MenuPress, OpenLine
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.screens import BUTTON_MAX, Screen, fit
from zavhoz_telegram.texts import Translator


def draw_my_requests(page: RequestPage, t: Translator) -> Screen:
    """One page of the person's own requests."""
    if not page.items:
        return Screen(t("list.empty"))
    text = f"📋 <b>{t('list.mine')}</b>\n{t.plural('list.total', page.total)}"
    lines = tuple(
        (
            (
                fit(f"{STATUS_SIGN[line.status]} #{line.number} {line.title}", BUTTON_MAX),
                OpenLine(request_id=line.request_id).pack(),
            ),
        )
        for line in page.items
    )
    turns = []
    if page.page > 1:
        turns.append(("‹", MenuPress(page=page.page - 1).pack()))
    if page.pages > 1:
        turns.append((t.plain("list.page", page=page.page, pages=page.pages), MenuPress(page=page.page).pack()))
    if page.page < page.pages:
        turns.append(("›", MenuPress(page=page.page + 1).pack()))
    return Screen(text, (*lines, tuple(turns)) if turns else lines)
