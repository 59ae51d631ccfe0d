"""Fetches attachments from Telegram, checks and stores them."""
