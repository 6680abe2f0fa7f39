"""Caring for a site: what is wrong with it, and what to do."""
