"""Version 1 of the messages about canned replies."""
