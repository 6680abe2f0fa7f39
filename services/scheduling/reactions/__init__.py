"""When another service says so, scheduling does so."""
