"""Version 1 of the messages about the organisation's settings."""
