"""What can go wrong while a stack is being started; each message says what to do about it."""


class DevstackError(Exception):
    """Root of this package's errors: something a person at the keyboard has to know."""


class ServersMissing(DevstackError):
    """PostgreSQL, RabbitMQ or Redis is not installed, and may not be installed from here."""


class StartFailed(DevstackError):
    """A server or a service did not come up; the message ends with its last log lines."""
