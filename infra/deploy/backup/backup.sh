#!/usr/bin/env bash
# The nightly backup: `backup.sh physical` (our own PostgreSQL: with the WAL archive it restores to
# any time) or `backup.sh logical` (Aurora too, whose files nobody can copy; its point-in-time
# recovery is Amazon's). TASKWIRE_DATABASE_URL says of what, or PGHOST, PGUSER, PGPASSWORD and so on.
#
# In a folder, what is older than RETENTION_DAYS (30) is removed afterwards, never the newest whole
# backup. In S3 the bucket's lifecycle removes it.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

method="${1:-physical}"
days="${RETENTION_DAYS:-30}"
[[ "${method}" =~ ^(physical|logical)$ ]] || complain "a backup is physical or logical, not '${method}'"
[[ "${days}" =~ ^[0-9]+$ ]] || complain "RETENTION_DAYS is a number of days"

id="$(date --utc +%Y%m%dT%H%M%SZ)"
prefix="${method}/${id}"
digest="$(mktemp)"
trap 'rm -f "${digest}"' EXIT

from=()
[[ -z "${TASKWIRE_DATABASE_URL:-}" ]] || from=(--dbname "${TASKWIRE_DATABASE_URL}")

read_database() {
    case "${method}" in
        # No WAL in it: the archive has it. The manifest lets pg_verifybackup look at every file.
        physical) pg_basebackup --pgdata=- --format=tar --wal-method=none --checkpoint=fast \
            --manifest-checksums=SHA256 --no-password "${from[@]}" ;;
        logical) pg_dump --format=custom --compress=none --no-password "${from[@]}" ;;
    esac
}

read_database | gzip --fast | tee >(openssl dgst -sha256 -r | cut -d ' ' -f 1 > "${digest}") |
    put_pieces "${prefix}"

# The digest is written by a process of its own, which may end a moment later.
for ((attempt = 0; attempt < 100; attempt++)); do
    [[ ! -s "${digest}" ]] || break
    sleep 0.1
done
[[ -s "${digest}" ]] || complain "the digest of ${prefix} was not written"

pieces="$(store_list "${prefix}/" | grep --count --extended-regexp '/[0-9]{6}$')"
# Last: a backup without this file is one that did not end, and is never restored.
printf '%s %s\n' "${pieces}" "$(cat "${digest}")" | store_put "${prefix}/complete"
echo "${prefix}: ${pieces} pieces"

"$(dirname "${BASH_SOURCE[0]}")/prune.sh" "${days}"
