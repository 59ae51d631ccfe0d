"""Where updates come in: polling, one person's at a time, and the routers that read them. Thin."""
