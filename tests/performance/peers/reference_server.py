"""Taskwire's web server with graphql-core's executor in place of its own engine.

`python -m tests.performance.peers.reference_server`, with the settings of `taskwire serve`.
"""

from graph.service import GraphService
from infra.settings import Settings, load_settings
from web.bootstrap import create_application
from web.processes.lifecycle import run_process
from web.processes.web import serve
from web.server import listening_socket


async def _serve(settings: Settings) -> None:
    application = create_application(settings, service=GraphService(engine=False))
    with listening_socket(settings.host, settings.port) as listener:
        await serve(settings, listener, application=application)


if __name__ == "__main__":
    run_process(_serve, load_settings(), role="web")
