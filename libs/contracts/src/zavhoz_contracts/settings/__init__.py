"""Messages about cards."""
