"""Pure rules about attachments."""
