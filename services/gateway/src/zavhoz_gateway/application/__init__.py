"""What the gateway does with an update, over the ports in `ports`."""
