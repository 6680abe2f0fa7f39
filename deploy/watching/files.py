"""`python -m deploy.watching.files`: writes the alert rules and the dashboard beside it from what this code says."""

from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.watching import alerts, dashboard

DEPLOY = Path(__file__).resolve().parent.parent
FILES: Mapping[Path, Callable[[], str]] = {
    DEPLOY / "alerts" / "doorstep.yaml": alerts.written,
    DEPLOY / "grafana" / "doorstep.json": dashboard.written,
}

if __name__ == "__main__":
    for path, written in FILES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(), "utf-8")
