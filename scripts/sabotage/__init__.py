"""Breaks the code on purpose, one way at a time, and shows which test turns red for each: `make sabotage`."""
