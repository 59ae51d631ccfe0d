"""Version 1 of the messages about repair requests."""
