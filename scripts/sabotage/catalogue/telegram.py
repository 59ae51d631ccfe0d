"""What Telegram is given, and what it may say."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "libs/telegram/src/zavhoz_telegram"
_TESTS: Final = "libs/telegram/tests"
_DELIVERY: Final = "services/notifier/tests/test_delivery.py"

SABOTAGES: Final = (
    Sabotage(
        "undo the escaping of people's words",
        "what is typed is shown as it was typed",
        "libs/telegram/src/zavhoz_telegram/texts.py",
        "html.escape(str(value)) for name, value in",
        "str(value) for name, value in",
        ("libs/telegram/tests/test_texts.py::test_values_are_escaped_but_not_where_there_is_no_html",),
    ),
    Sabotage(
        "cut no text",
        "text is cut to 4096 UTF-16 units",
        f"{_SRC}/screens.py",
        "    if units(value) <= limit:\n",
        "    if units(value) >= 0:\n",
        (f"{_TESTS}/test_screens.py::test_any_words_make_a_card_that_fits",),
    ),
    Sabotage(
        "count characters instead of UTF-16 units",
        "text is cut to 4096 UTF-16 units",
        f"{_SRC}/screens.py",
        '    return len(text.encode("utf-16-le", "surrogatepass")) // 2\n',
        "    return len(text)\n",
        (f"{_TESTS}/test_screens.py::test_length_is_counted_as_telegram_counts",),
    ),
    Sabotage(
        "put anything on a button",
        "callback data is at most 64 bytes",
        f"{_SRC}/callbacks.py",
        "if len(packed.encode()) > BYTES_MAX or any(",
        "if any(",
        (f"{_TESTS}/test_callbacks.py::test_what_does_not_fit_is_not_packed",),
    ),
    Sabotage(
        "take a message that shows it already for a failure",
        "`message is not modified` is success",
        "services/notifier/src/zavhoz_notifier/messenger.py",
        "        with contextlib.suppress(NotModified):\n            await self._bot.edit_message_text",
        "        with contextlib.suppress(QueryTooOld):\n            await self._bot.edit_message_text",
        (f"{_DELIVERY}::test_a_card_that_is_drawn_already_is_a_success",),
    ),
    Sabotage(
        "take no answer in time for not sent",
        "G5: sent and not answered is unknown",
        f"{_SRC}/refusals.py",
        "    if isinstance(cause, _NEVER_SENT):\n",
        "    if isinstance(cause, (*_NEVER_SENT, Exception)):\n",
        (f"{_TESTS}/test_client.py::test_no_answer_in_time_leaves_it_unknown",),
    ),
)
