"""What shows that the guarantees hold under fire: load by people, an independent audit, injected faults."""
