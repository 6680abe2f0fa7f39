"""`python -m services.feedback`."""

from services.feedback.app import FEEDBACK
from shared.settings import run

run(FEEDBACK)
