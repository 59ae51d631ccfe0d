"""Owns repair requests and people: commands in, events and outcomes out, a read API."""
