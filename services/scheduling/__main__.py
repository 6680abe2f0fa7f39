"""`python -m services.scheduling`."""

from services.scheduling.app import SCHEDULING
from shared.settings import run

run(SCHEDULING)
