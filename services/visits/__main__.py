"""`python -m services.visits`."""

from services.visits.app import VISITS
from shared.settings import run

run(VISITS)
