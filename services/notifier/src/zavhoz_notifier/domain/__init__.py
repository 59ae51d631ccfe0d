"""Pure: who hears what, and how a delivery goes on."""
