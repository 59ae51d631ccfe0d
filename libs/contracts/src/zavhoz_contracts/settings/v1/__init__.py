"""Version 1 of the messages about personal settings."""
