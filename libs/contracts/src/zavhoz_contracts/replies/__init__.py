"""Messages about canned replies."""
