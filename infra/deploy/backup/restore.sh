#!/usr/bin/env bash
# Restore a physical backup into an empty folder: `restore.sh FOLDER [TIME]`.
#
# TIME, such as '2026-01-31 09:41:00+00', is where recovery stops; without it everything archived
# comes back. Start PostgreSQL on the folder afterwards: it recovers and then opens. The archive it
# reads must not be the one it will write to, so archiving is off until somebody turns it on.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

folder="${1:?an empty folder}"
time="${2:-}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

[[ ! -e "${folder}" || -z "$(ls -A "${folder}")" ]] || complain "${folder} is not empty"

# The newest whole backup that began before TIME.
limit="$(date --utc ${time:+--date "${time}"} +%Y%m%dT%H%M%SZ)" || complain "'${time}' is no time"
backup=""
while read -r candidate; do
    id="${candidate#physical/}"
    [[ "${id%/complete}" > "${limit}" ]] || backup="${candidate%/complete}"
done < <(store_list physical/ | grep '/complete$')
[[ -n "${backup}" ]] || complain "there is no whole backup from before ${time:-now}"

read -r pieces digest < <(store_get "${backup}/complete")
mkdir -p "${folder}"
chmod 700 "${folder}"
measured="$(mktemp)"
trap 'rm -f "${measured}"' EXIT
get_pieces "${backup}" "${pieces}" | tee >(openssl dgst -sha256 -r | cut -d ' ' -f 1 > "${measured}") |
    gunzip | tar --extract --directory "${folder}"
for ((attempt = 0; attempt < 100; attempt++)); do
    [[ ! -s "${measured}" ]] || break
    sleep 0.1
done
[[ "$(cat "${measured}")" == "${digest}" ]] || complain "${backup} is damaged"
# Every file against the manifest that the server wrote; WAL comes from the archive.
pg_verifybackup --no-parse-wal --quiet "${folder}"

{
    printf "archive_mode = 'off'\n"
    # The server need not share this script's environment.
    printf "restore_command = 'env %s %s %s bash %s/fetch_wal.sh %%f %%p'\n" \
        "TASKWIRE_BACKUP_TARGET=${TARGET}" "TASKWIRE_BACKUP_KEY=${TASKWIRE_BACKUP_KEY}" \
        "TASKWIRE_BACKUP_CERTIFICATE=${TASKWIRE_BACKUP_CERTIFICATE}" "${here}"
    printf "recovery_target_action = 'promote'\n"
    [[ -z "${time}" ]] || printf "recovery_target_time = '%s'\n" "${time}"
} >> "${folder}/postgresql.auto.conf"
touch "${folder}/recovery.signal"
echo "${folder} holds ${backup}; start PostgreSQL on it"
