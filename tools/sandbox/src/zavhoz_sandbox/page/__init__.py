"""The chat page: what it is served, and how it hears of what is new."""
