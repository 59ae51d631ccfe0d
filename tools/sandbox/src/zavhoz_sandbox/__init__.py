"""A strict stand-in for Telegram: Bot API server and control API."""
