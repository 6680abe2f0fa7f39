"""Feedback asks whether a visit was good, and mends what was not: return visit, rating, complaint, case file."""
