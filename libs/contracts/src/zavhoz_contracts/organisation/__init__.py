"""Messages about the organisation's settings."""
