"""The read API of the requests service: its models and a client."""
