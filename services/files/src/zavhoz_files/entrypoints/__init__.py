"""Where work comes in."""
