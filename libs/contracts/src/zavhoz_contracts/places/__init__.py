"""Messages about the tree of places."""
