"""A capsule: a case or a period in one zip, to be read and verified without the system that made it."""
