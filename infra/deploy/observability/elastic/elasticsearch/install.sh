#!/usr/bin/env bash
# Bring the policy, the templates and Kibana's objects to this version; safe to repeat.
# ELASTICSEARCH_URL, KIBANA_URL, and ELASTIC_HEADER: a file with curl's `header = "Authorization: …"`.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"

send() {
    curl --silent --show-error --fail --max-time 30 --config "${ELASTIC_HEADER}" "$@" --output /dev/null
}

put() {
    send --request PUT "${ELASTICSEARCH_URL}/$1" --header 'Content-Type: application/json' --data-binary "@${here}/$2"
}

put _ilm/policy/taskwire-logs ilm-policy.json
put _component_template/taskwire-settings component-settings.json
put _component_template/taskwire-mappings component-mappings.json
put _index_template/taskwire-logs index-template.json

send --request POST "${KIBANA_URL}/api/saved_objects/_import?overwrite=true" \
    --header 'kbn-xsrf: true' --form "file=@${here}/../kibana/taskwire.ndjson"
