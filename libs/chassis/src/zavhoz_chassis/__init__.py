"""What every service stands on: settings, logs, metrics, health server, database, start and graceful stop."""
