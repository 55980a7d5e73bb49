#!/usr/bin/env bash
# PostgreSQL's restore_command: `fetch_wal.sh NAME PATH`. Status 1 where there is none by the name,
# which is how recovery learns that it has seen all of the archive.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

name="wal/${1:?the name of the WAL file}"
path="${2:?where to put it}"

store_has "${name}.sha256" || exit 1
store_get "${name}" | unseal > "${path}.part"
sum="$(openssl dgst -sha256 -r "${path}.part" | cut -d ' ' -f 1)"
# More than 125 ends recovery; a damaged file must not be taken for the end of the archive.
[[ "$(store_get "${name}.sha256")" == "${sum}" ]] || { echo "${name} is damaged" >&2; exit 126; }
mv "${path}.part" "${path}"
