"""Pure: state, decisions, rules. No I/O, no framework."""
