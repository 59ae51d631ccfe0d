"""Version 1 of the messages about the tree of places."""
