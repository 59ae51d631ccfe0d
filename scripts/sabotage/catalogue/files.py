"""Files: what is kept, where, and who gets it."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_SRC: Final = "services/files/src/zavhoz_files"
_TESTS: Final = "services/files/tests"

SABOTAGES: Final = (
    Sabotage(
        "store a file before it is written down",
        "a sweeper removes orphans, and nothing that is on its way",
        f"{_SRC}/application/intake.py",
        "        await begin(key)\n",
        "",
        (f"{_TESTS}/test_service.py::test_a_kill_half_way_leaves_one_object_one_row_one_event[folder-before_commit]",),
    ),
    Sabotage(
        "store each file under a name of its own",
        "deterministic object keys: no second copy",
        f"{_SRC}/application/intake.py",
        "        key = object_key(received.sha256)\n",
        "        key = object_key(uuid4().hex * 2)\n",
        (f"{_TESTS}/test_service.py::test_the_same_content_and_the_same_message_make_one_copy[folder]",),
    ),
    Sabotage(
        "keep files of every kind",
        "type sniffed from the bytes; executables refused",
        f"{_SRC}/application/intake.py",
        "        if reason is not None:\n            return",
        "        if reason is not None and received.size == 0:\n            return",
        (f"{_TESTS}/test_service.py::test_what_is_not_kept_is_said_with_its_reason",),
    ),
    Sabotage(
        "give a file that is not on its way to the sweeper at once",
        "an upload that waits is not swept",
        f"{_SRC}/store/orphans.py",
        "          WHERE uploads.key = given.key AND begun_at > clock_timestamp() - CAST(:grace AS interval)\n",
        "          WHERE uploads.key <> given.key AND begun_at > clock_timestamp() - CAST(:grace AS interval)\n",
        (f"{_TESTS}/test_sweeper.py::test_what_is_on_its_way_is_kept_however_old_the_object_is[folder]",),
    ),
    Sabotage(
        "send a file to whoever has an old link",
        "expiring signed links",
        f"{_SRC}/domain/links.py",
        "return LinkState.GOOD if now < int(expires) else LinkState.EXPIRED",
        "return LinkState.GOOD",
        (f"{_TESTS}/test_links.py::test_a_link_is_good_for_its_file_and_its_time_alone",),
    ),
    Sabotage(
        "send a file under any signature",
        "expiring signed links",
        f"{_SRC}/domain/links.py",
        "if not sum(hmac.compare_digest(given, one) for one in signed):",
        "if not given:",
        (f"{_TESTS}/test_links.py::test_only_the_key_that_signed_makes_a_link_good",),
    ),
    Sabotage(
        "fetch a file to its end, however long it is",
        "G8: files have a byte cap",
        "libs/telegram/src/zavhoz_telegram/downloads.py",
        "                if size > max_bytes:\n",
        "                if size < 0:\n",
        (f"{_TESTS}/test_service.py::test_a_file_longer_than_telegram_said_is_not_fetched_to_its_end",),
    ),
    Sabotage(
        "let a browser guess what a file is",
        "served as attachments with `nosniff`",
        f"{_SRC}/entrypoints/api.py",
        '    "X-Content-Type-Options": "nosniff",\n',
        "",
        (f"{_TESTS}/test_links.py::test_who_may_see_the_request_gets_the_file[folder]",),
    ),
)
