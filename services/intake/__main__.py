"""`python -m services.intake`."""

from services.intake.app import INTAKE
from shared.settings import run

run(INTAKE)
