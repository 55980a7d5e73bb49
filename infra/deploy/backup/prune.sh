#!/usr/bin/env bash
# Remove backups older than so many days: `prune.sh DAYS`. The newest whole one of each kind stays,
# however old: a backup that has stopped working must not remove what it once made.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

days="${1:?the days to keep}"
# In S3 the bucket's lifecycle does it, so that whoever makes backups may not delete one.
[[ "${TARGET}" != s3://* ]] || exit 0
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

# WAL goes by the age of its files, which is the folder's owner's to see to: it is of use as long as
# the backup before it, and its name does not tell its time.
