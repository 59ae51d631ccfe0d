"""Due times, alarms, holds, and what managers are told each day."""

from __future__ import annotations

from typing import Final

from scripts.sabotage.sabotage import Sabotage

_DOMAIN: Final = "services/requests/src/zavhoz_requests/domain"
_NOTIFIER: Final = "services/notifier/src/zavhoz_notifier"
_CALENDAR: Final = "services/requests/tests/test_calendar.py"
_DECIDE: Final = "services/requests/tests/test_decide.py"
_DEADLINES: Final = "services/requests/tests/test_deadlines.py"
_DIGESTS: Final = "services/notifier/tests/test_digests.py"
_ALARMS: Final = "services/notifier/tests/test_alarms.py"
_OPEN_HOURS: Final = "due times are counted in open hours"
_ONCE: Final = "each level is told once in a run of a clock"
_CHOSEN: Final = "what is chosen holds for what is open, too"

SABOTAGES: Final = (
    Sabotage(
        "have what ends at closing time be due at the next opening",
        _OPEN_HOURS,
        f"{_DOMAIN}/opening.py",
        "within = bisect_left(self.before, worked) - 1",
        "within = min(bisect_right(self.before, worked), len(self.starts)) - 1",
        (f"{_CALENDAR}::test_hours_of_an_office",),
    ),
    Sabotage(
        "read open hours in winter by the clock of summer",
        _OPEN_HOURS,
        f"{_DOMAIN}/opening.py",
        "        if after != offset:\n",
        "        if after is None:\n",
        (f"{_CALENDAR}::test_due_when_clocks_change",),
    ),
    Sabotage(
        "let time pass on hold",
        "on hold no time passes",
        f"{_DOMAIN}/working.py",
        "until, paused(request.deadlines, at, context.terms)),)",
        "until, request.deadlines),)",
        (f"{_DEADLINES}::test_on_hold_until_a_day_and_back_by_itself_with_the_time_that_was_left",),
    ),
    Sabotage(
        "end a hold when its day begins in UTC",
        "days are those of the organisation",
        f"{_DOMAIN}/terms.py",
        "datetime.combine(day, time(0), tzinfo=self.zone)",
        "datetime.combine(day, time(0), tzinfo=UTC)",
        (f"{_DEADLINES}::test_a_day_begins_where_the_organisation_is",),
    ),
    Sabotage(
        "have the one whose work it is resume what goes on by itself",
        "who acted is not told, and whose work it is, is",
        f"{_DOMAIN}/working.py",
        "    return (_resumed(request, None, now, terms),)\n",
        "    return (_resumed(request, request.assignee_id, now, terms),)\n",
        (f"{_DEADLINES}::test_on_hold_until_a_day_and_back_by_itself_with_the_time_that_was_left",),
    ),
    Sabotage(
        "give what goes on to whoever has it go on",
        "work goes on with the one who had it",
        f"{_DOMAIN}/working.py",
        "return Resumed(request.id, by, at, request.assignee_id, ",
        "return Resumed(request.id, by, at, by or request.assignee_id, ",
        (f"{_DEADLINES}::test_on_hold_until_a_day_and_back_by_itself_with_the_time_that_was_left",),
    ),
    Sabotage(
        "wait for somebody to take what was given to somebody",
        "the reaction is over when somebody works on it",
        f"{_DOMAIN}/working.py",
        "    deadlines = at_work(request.deadlines, at, context.terms)\n    return (Assigned(",
        "    deadlines = request.deadlines\n    return (Assigned(",
        (f"{_DECIDE}::test_whoever_works_on_it_the_reaction_is_over_and_the_rest_goes_on",),
    ),
    Sabotage(
        "hold a request until a day that has begun",
        "a hold ends on a day to come",
        f"{_DOMAIN}/working.py",
        "    if begins <= context.now:\n",
        "    if day < context.now.date():\n",
        (f"{_DECIDE}::test_a_hold_ends_on_a_day_that_is_to_come_within_a_year",),
    ),
    Sabotage(
        "give all of its time anew to what was on hold",
        "on hold no time passes",
        f"{_DOMAIN}/clocks.py",
        "return replace(self, spent=self.used(at, calendar), since=None)",
        "return replace(self, since=None)",
        (f"{_DEADLINES}::test_on_hold_until_a_day_and_back_by_itself_with_the_time_that_was_left",),
    ),
    Sabotage(
        "forget which alarms were raised",
        _ONCE,
        "services/requests/src/zavhoz_requests/store/deadlines.py",
        '"reaction_raised": len(reaction.raised) if reaction else 0,',
        '"reaction_raised": 0,',
        (f"{_DEADLINES}::test_time_runs_out_for_both_clocks_and_each_level_is_told_once",),
    ),
    Sabotage(
        "lose the alarms that a command overtakes",
        _ONCE,
        f"{_DOMAIN}/decide.py",
        "unnoticed = () if request is None else catch_up(request, context.now, context.terms)",
        "unnoticed = ()",
        (f"{_DEADLINES}::test_time_runs_out_for_both_clocks_and_each_level_is_told_once",),
    ),
    Sabotage(
        "raise again what was raised when another time is allowed",
        _ONCE,
        f"{_DOMAIN}/clocks.py",
        "        return replace(self, allowed=allowed)\n",
        "        return replace(self, allowed=allowed, raised=frozenset())\n",
        (f"{_DEADLINES}::test_whatever_happens_each_level_is_raised_once_in_a_run_of_each_clock",),
    ),
    Sabotage(
        "ring the clock of which nothing is due",
        _ONCE,
        f"{_DOMAIN}/deadlines.py",
        "    _, clock, running, level = min(alarms, key=lambda one: one[0])\n",
        "    _, clock, running, level = alarms[0]\n",
        (f"{_DEADLINES}::test_of_two_clocks_the_one_rings_whose_time_has_come",),
    ),
    Sabotage(
        "say of an alarm when it was raised instead of until when it was",
        "an alarm says what was promised",
        f"{_DOMAIN}/deadlines.py",
        "found.append((clock, level, over or now, deadlines))",
        "found.append((clock, level, now, deadlines))",
        (f"{_DEADLINES}::test_time_runs_out_for_both_clocks_and_each_level_is_told_once",),
    ),
    Sabotage(
        "raise alarms for a command that changes nothing",
        "G2: what has no effect has none",
        f"{_DOMAIN}/decide.py",
        "return decision if isinstance(decision, Refusal) or not decision else (*unnoticed, *decision)",
        "return decision if isinstance(decision, Refusal) else (*unnoticed, *decision)",
        (f"{_DEADLINES}::test_what_changes_nothing_raises_nothing",),
    ),
    Sabotage(
        "alarm by the times of former settings",
        _CHOSEN,
        f"{_DOMAIN}/alarms.py",
        "    rescheduled = reschedule(request, now, terms)\n",
        "    rescheduled = ()\n",
        (f"{_DEADLINES}::test_what_has_other_times_now_is_not_alarmed_by_the_former",),
    ),
    Sabotage(
        "take former times for new ones when work goes on",
        _CHOSEN,
        f"{_DOMAIN}/deadlines.py",
        "resolution.resume(at), deadlines.runs, terms, deadlines.terms)",
        "resolution.resume(at), deadlines.runs, terms, terms.version)",
        (f"{_DEADLINES}::test_who_is_quicker_than_the_clock_gets_the_new_times_all_the_same",),
    ),
    Sabotage(
        "escalate to all of the staff",
        "an escalation is for managers",
        f"{_NOTIFIER}/domain/audience.py",
        "        return member in managers\n",
        "        return member in staff\n",
        (f"{_ALARMS}::test_who_is_to_do_something_about_it_is_told",),
    ),
    Sabotage(
        "let every alarm pierce quiet hours",
        "high priority alone passes quiet hours",
        f"{_NOTIFIER}/domain/audience.py",
        'return Told(event.TYPE.split(".")[-2], high=high, insist=insist)',
        'return Told(event.TYPE.split(".")[-2], high=high or isinstance(event, RequestAlarm), insist=insist)',
        (f"{_ALARMS}::test_only_what_is_urgent_pierces_quiet_hours",),
    ),
    Sabotage(
        "hold a new request however urgent it is",
        "high priority passes quiet hours",
        f"{_NOTIFIER}/domain/audience.py",
        "_told(event, member, high=event.priority is Priority.HIGH)",
        "_told(event, member, high=high)",
        ("services/notifier/tests/test_quiet.py::test_of_what_is_new_only_what_is_urgent_is_shown_at_night",),
    ),
    Sabotage(
        "tell how things stand once and never again",
        "how things stand is told once a day",
        f"{_NOTIFIER}/application/digests.py",
        'f"digest:{now.astimezone(self._zone).date()}"',
        '"digest"',
        (f"{_DIGESTS}::test_each_day_of_the_organisation_has_its_own",),
    ),
    Sabotage(
        "tell how things stand by the days of UTC",
        "how things stand is told once a day",
        f"{_NOTIFIER}/application/digests.py",
        "digests.claim(connection, people, now.astimezone(self._zone).date())",
        "digests.claim(connection, people, now.date())",
        (f"{_DIGESTS}::test_each_day_of_the_organisation_has_its_own",),
    ),
)
