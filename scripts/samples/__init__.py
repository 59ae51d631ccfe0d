"""Pictures, sounds and films of what breaks in a school, made by computing: no camera, no rights of others."""
