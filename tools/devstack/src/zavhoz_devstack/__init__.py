"""Starts PostgreSQL, RabbitMQ, Redis and the services on one machine."""
