#!/usr/bin/env bash
# The client's tests, then the whole product in a real browser.
source "$(dirname "$0")/release.sh"

make --no-print-directory setup
.venv/bin/python infra/setup/install.py exec npm --prefix web/ui run test -- \
    --reporter=default --reporter=junit --outputFile.junit="${PWD}/${REPORTS}/client.xml"
.venv/bin/python infra/setup/install.py exec python -m pytest -m browser \
    --junitxml "${REPORTS}/client-browser.xml"
