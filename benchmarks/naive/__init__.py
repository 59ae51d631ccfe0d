"""What one writes first: an ORM, one message at a time, a relay that looks once a second. To be measured against."""
