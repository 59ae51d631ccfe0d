"""Private PostgreSQL, RabbitMQ and Redis on free ports of the loopback address."""
