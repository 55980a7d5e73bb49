#!/usr/bin/env bash
# The Python tests, with coverage and a report for Jenkins.
source "$(dirname "$0")/release.sh"

make --no-print-directory setup
.venv/bin/python infra/setup/install.py exec python -m pytest -m "not browser" --cov \
    --junitxml "${REPORTS}/backend.xml"
