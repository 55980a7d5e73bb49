"""Stands in for Taskwire's command line where the stack itself is tested, not what it runs."""

import http.server
import os
import signal
import sys


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ready", "dependencies": {"postgres": {"status": "up"}}}')


def _end(*_: object) -> None:
    sys.exit(0)


def main(command: str) -> None:
    signal.signal(signal.SIGTERM, _end)
    match command:
        case "prepare":
            sys.stdout.write(f"{' '.join(sys.argv[1:])} {os.environ['TASKWIRE_DATABASE_URL']}\n")
        case "serve":
            address = ("127.0.0.1", int(os.environ["TASKWIRE_PORT"]))
            http.server.HTTPServer(address, _Ready).serve_forever()
        case _:
            signal.pause()


if __name__ == "__main__":
    main(sys.argv[1])
