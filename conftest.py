"""Every test of the workspace may ask for a private PostgreSQL, RabbitMQ or Redis."""

pytest_plugins = ["zavhoz_devstack.pytest_plugin"]
