"""Ids are the same for the same thing, and different for different things, for ever."""

from __future__ import annotations

from uuid import UUID

from zavhoz_contracts import identity


def test_ids_never_change_between_versions() -> None:
    # Frozen values: a changed derivation would repeat every command that is on its way during an update.
    assert identity.command_id_of_press(1, "99") == UUID("6b10ab80-b33b-5bcc-877e-331a29c2a39c")
    assert identity.command_id_of_message(1, "message", 5, 6) == UUID("f3ca598c-ddcc-5170-9fd0-c6363d4d9a89")
    request = identity.request_id_of_draft(1, 5, 6)
    assert request == UUID("2fd169dc-28fb-5706-9234-3b556e66d00a")
    assert identity.reply_id_of_message(1, 5, 6) == UUID("1311afb0-190b-5d95-b2ed-dd265c84854c")
    assert identity.attachment_id(request, "AQAD") == UUID("71928412-7eb6-5295-8f52-909fb37f83b8")


def test_different_things_have_different_ids() -> None:
    request = identity.request_id_of_draft(1, 5, 6)
    ids = [
        identity.command_id_of_press(1, "99"),
        identity.command_id_of_press(2, "99"),
        identity.command_id_of_press(1, "99", ordinal=1),
        identity.command_id_of_message(1, "message", 5, 6),
        identity.command_id_of_message(1, "edited_message", 5, 6),
        identity.command_id_of_message(1, "message", 5, 6, edit_date=1),
        identity.command_id_of_message(1, "message", 5, 6, ordinal=1),
        identity.command_id_of_message(1, "message", 56, 0),
        request,
        identity.request_id_of_draft(1, 6, 5),
        identity.reply_id_of_message(1, 5, 6),
        identity.reply_id_of_message(1, 6, 5),
        identity.attachment_id(request, "AQAD"),
        identity.attachment_id(request, "AQAE"),
    ]
    assert len(set(ids)) == len(ids)
