"""What came out, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.sabotage.trial import Verdict

HEAD = "| sabotage | promise | test that turned red | s |\n| --- | --- | --- | --- |"


def row(verdict: Verdict) -> str:
    """One sabotage, and the test that noticed it; what went wrong when none did."""
    noticed = f"`{verdict.red}`" if verdict.red else f"**{_cell(verdict.why)}**"
    sabotage = verdict.sabotage
    return f"| {_cell(sabotage.name)} | {_cell(sabotage.promise)} | {noticed} | {verdict.seconds:.0f} |"


def summary(verdicts: Sequence[Verdict], seconds: float) -> str:
    """How many there were, and which of them nobody noticed."""
    unnoticed = [verdict for verdict in verdicts if verdict.red is None]
    lines = [f"{len(verdicts) - len(unnoticed)} of {len(verdicts)} sabotages were caught, in {seconds:.0f} s"]
    lines += [f"NOT CAUGHT: {verdict.sabotage.name}: {verdict.why}" for verdict in unnoticed]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
