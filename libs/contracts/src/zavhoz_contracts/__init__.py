"""Commands, events, outcomes and their envelope: what the services say to each other."""
