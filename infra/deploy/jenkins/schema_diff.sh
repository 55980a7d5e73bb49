#!/usr/bin/env bash
# Compare the schema with that of the last release, and publish the difference as a report.
# A breaking change fails, unless a commit since then says why: `Schema-Break: reason`.
source "$(dirname "$0")/release.sh"

base="$(git describe --tags --abbrev=0 --match 'v*' 2> /dev/null || git rev-parse HEAD~1)"
old="$(mktemp --suffix=.graphql)"
trap 'rm -f "${old}"' EXIT
git show "${base}:schema.graphql" > "${old}"

report="${REPORTS}/schema-diff.txt"
status=0
.venv/bin/taskwire schema diff "${old}" schema.graphql > "${report}" || status=$?
cat "${report}"

if [[ ${status} -ne 0 ]] && git log --format=%B "${base}..HEAD" | grep --quiet '^Schema-Break: .'; then
    echo "The break is announced in a commit."
    status=0
fi
exit "${status}"
