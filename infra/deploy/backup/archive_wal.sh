#!/usr/bin/env bash
# PostgreSQL's archive_command: `archive_wal.sh PATH NAME` seals and stores a finished WAL file.
#
#   archive_mode = on, archive_timeout = 60, archive_command = '/…/archive_wal.sh %p %f'
#
# PostgreSQL keeps the file and calls again until this succeeds. archive_timeout bounds what a
# lost machine costs on a quiet day; on a busy one files fill up sooner.
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"

path="${1:?the path of the WAL file}"
name="wal/${2:?its name}"

# After a crash between storing and telling PostgreSQL it comes again. Two servers that write to
# one archive would, too, with another content, and must not overwrite each other.
sum="$(openssl dgst -sha256 -r "${path}" | cut -d ' ' -f 1)"
if store_has "${name}.sha256"; then
    [[ "$(store_get "${name}.sha256")" == "${sum}" ]] || complain "${name} is archived with another content"
    exit 0
fi
put_sealed "${name}" < "${path}"
# Last: it says that the file before it is whole.
printf '%s' "${sum}" | store_put "${name}.sha256"
