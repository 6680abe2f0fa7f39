"""Intake decides whether a request for a visit is the center's to answer, and with yes or no."""
