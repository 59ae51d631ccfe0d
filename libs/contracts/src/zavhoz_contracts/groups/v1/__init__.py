"""Version 1 of the messages about staff groups."""
