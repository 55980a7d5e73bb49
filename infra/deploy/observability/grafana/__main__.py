"""Write the dashboards: `python -m infra.deploy.observability.grafana`."""

from infra.deploy.observability.grafana.generation import DASHBOARDS, dashboard_files


def _main() -> None:
    for name, text in dashboard_files().items():
        (DASHBOARDS / name).write_text(text)


if __name__ == "__main__":
    _main()
