"""Telegram updates become commands."""
