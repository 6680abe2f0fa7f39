"""Visits records what happened at the door, and what became of it: did it happen, and how?"""
