"""Telegram: bot client and its errors, texts, cards, keyboards, callback data."""
