"""Version 1 of the messages about the categories of requests."""
