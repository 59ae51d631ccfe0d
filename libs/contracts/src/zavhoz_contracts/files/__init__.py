"""Messages about attachments."""
