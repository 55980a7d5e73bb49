#!/usr/bin/env bash
# Tell the team's Slack channel: `notify.sh success` or `notify.sh failure`.
source "$(dirname "$0")/release.sh"

: "${SLACK_WEBHOOK_URL:?the address of the channel}"
case "${1:-}" in
    success) text=":white_check_mark: ${RELEASE} runs in ${ENVIRONMENT} (${STRATEGY:-rolling})" ;;
    failure) text=":x: ${RELEASE} did not get to ${ENVIRONMENT} (${STRATEGY:-rolling})" ;;
    *) complain "say success or failure" ;;
esac
case "${ROLLBACK:-}" in
    done) text="${text}; the environment was rolled back" ;;
    failed) text="${text}; THE ROLLBACK FAILED TOO, ${ENVIRONMENT} needs somebody now" ;;
esac
[[ -z "${BUILD_URL:-}" ]] || text="${text} ${BUILD_URL}"

python3 -c 'import json, sys; print(json.dumps({"text": sys.argv[1]}))' "${text}" |
    curl --silent --show-error --fail --max-time 10 --retry 2 \
        --header 'content-type: application/json' --data-binary @- "${SLACK_WEBHOOK_URL}"
