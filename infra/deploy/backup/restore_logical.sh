#!/usr/bin/env bash
# Restore the newest logical backup into an empty database: `restore_logical.sh DATABASE_URL [ID]`.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

url="${1:?the URL of an empty database}"
backup="${2:+logical/$2}"
[[ -n "${backup}" ]] || backup="$(store_list logical/ | sed -n 's|/complete$||p' | tail -n 1)"
[[ -n "${backup}" ]] || complain "there is no whole logical backup"

read -r pieces digest < <(store_get "${backup}/complete")
dump="$(mktemp)"
trap 'rm -f "${dump}"' EXIT
get_pieces "${backup}" "${pieces}" > "${dump}"
# Before a byte of it reaches the database.
[[ "$(openssl dgst -sha256 -r "${dump}" | cut -d ' ' -f 1)" == "${digest}" ]] || complain "${backup} is damaged"
gunzip < "${dump}" | pg_restore --dbname "${url}" --exit-on-error --single-transaction --no-owner
echo "restored ${backup}"
