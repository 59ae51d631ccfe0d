"""The demo's school: its people, and two weeks of their requests, filed and worked on by real commands."""
