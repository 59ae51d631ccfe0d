"""What the gateway keeps in Redis: drafts, pending questions, updates already handled. All of it can be lost.

The only place with Redis commands. Every key holds the bot's id; those of one chat share a hash tag, so that a script
may touch several of them on a cluster.
"""
