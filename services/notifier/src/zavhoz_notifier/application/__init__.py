"""What the service does with its ports."""
