"""Staff groups: Telegram groups in which requests appear as cards."""
