#!/usr/bin/env bash
# The environment is well when /readyz says so several times in a row, within a bounded time.
source "$(dirname "$0")/release.sh"

wanted="${HEALTH_SUCCESSES:-5}"
attempts="${HEALTH_ATTEMPTS:-60}"
pause="${HEALTH_PAUSE_SECONDS:-2}"
in_a_row=0

for ((attempt = 1; attempt <= attempts; attempt++)); do
    if answer="$(curl --silent --show-error --fail --max-time 5 "${BASE_URL}/readyz" 2>&1)"; then
        in_a_row=$((in_a_row + 1))
    else
        in_a_row=0
        echo "attempt ${attempt}: ${answer}" >&2
    fi
    if [[ ${in_a_row} -ge ${wanted} ]]; then
        echo "${BASE_URL} is ready (${in_a_row} times in a row): ${answer}"
        exit 0
    fi
    sleep "${pause}"
done
complain "${BASE_URL} did not become ready in ${attempts} attempts"
