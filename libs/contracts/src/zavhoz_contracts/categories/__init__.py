"""Messages about the categories of requests."""
