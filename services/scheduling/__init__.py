"""Scheduling decides when a confirmed request becomes a visit, and who goes."""
