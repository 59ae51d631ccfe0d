"""Tells people: cards, notices and answers within Telegram's limits."""
