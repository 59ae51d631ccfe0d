"""Messages about repair requests."""
