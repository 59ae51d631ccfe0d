"""RabbitMQ topology, publisher, consumer, retry ladder, dead letters, inbox and outbox relay."""
