"""Zavhoz beside its peers and beside the limits of its servers; `make bench` runs all of it."""
