"""Messages about personal settings."""
