#!/usr/bin/env bash
# Remove backups older than so many days: `prune.sh DAYS`. The newest whole one of each kind stays,
# however old: a backup that has stopped working must not remove what it once made.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

days="${1:?the days to keep}"
oldest_kept="$(date --utc --date "${days} days ago" +%Y%m%dT%H%M%SZ)"

for method in physical logical; do
    newest="$(store_list "${method}/" | sed -n 's|/complete$||p' | tail -n 1)"
    [[ -n "${newest}" ]] || continue
    while read -r name; do
        id="${name#"${method}/"}"
        id="${id%%/*}"
        if [[ "${id}" < "${oldest_kept}" && "${method}/${id}" != "${newest}" ]]; then
            store_remove "${name}"
        fi
    done < <(store_list "${method}/")
done

# WAL goes by the age of its objects (a lifecycle rule of the bucket keeps DAYS + 1): it is of use
# as long as the backup before it, and a file's name does not tell its time.
