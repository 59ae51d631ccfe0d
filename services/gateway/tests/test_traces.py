"""Where every trace begins: ids in the log and in what is published, with or without somebody who records them."""

from __future__ import annotations

import re

import pytest
from gateway_support import CREATE, System

from zavhoz_gateway.application.lists import Lists


async def test_each_update_begins_a_trace_that_its_command_carries(gate: System) -> None:
    anna = await gate.someone()
    for words in ("Течёт кран в комнате", "Не закрывается окно"):
        said = await anna.text(words)
        draft = await anna.wait_for("Новая заявка", after=said.id)
        await anna.press(draft, "📨 Отправить", timeout=0)
    traceparents = [command.traceparent or "" for command in await gate.commands.wait_for(2, CREATE)]
    # Nobody records here: the last digits say so.
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one) for one in traceparents), traceparents
    assert len({one[3:35] for one in traceparents}) == 2


async def test_a_bug_is_logged_with_its_trace_and_whom_it_met(
    gate: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = await gate.someone()

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Lists, "show", broken)
    await anna.text("/my")
    await anna.wait_for("У нас что-то сломалось")
    await gate.confirmed()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "an update failed" in line]
    assert f"person_id={gate.api.people[anna.id].person_id}" in line
    assert "correlation_id=" in line
