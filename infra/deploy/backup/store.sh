# shellcheck shell=bash
# Sourced by the backup scripts: where backups go, and how they are sealed.
#
#   TASKWIRE_BACKUP_TARGET       s3://BUCKET/PREFIX, or file:///FOLDER
#   TASKWIRE_BACKUP_CERTIFICATE  sealing needs this alone, so whoever writes backups can't read them
#   TASKWIRE_BACKUP_KEY          the private key, only where backups are restored

set -euo pipefail

complain() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

: "${TASKWIRE_BACKUP_TARGET:?where backups go: s3://BUCKET/PREFIX or file:///FOLDER}"
TARGET="${TASKWIRE_BACKUP_TARGET%/}"

case "${TARGET}" in
    s3://*)
        # Versioning, encryption at rest and replication are the bucket's (see terraform/).
        store_put() { aws s3 cp --only-show-errors - "${TARGET}/$1"; }
        store_get() { aws s3 cp --only-show-errors "${TARGET}/$1" -; }
        store_has() { aws s3 ls "${TARGET}/$1" > /dev/null; }
        store_list() {
            local bucket="${TARGET#s3://}" prefix=""
            [[ "${bucket}" != */* ]] || prefix="${bucket#*/}/"
            aws s3api list-objects-v2 --bucket "${bucket%%/*}" --prefix "${prefix}$1" \
                --query 'Contents[].Key' --output text | tr '\t' '\n' |
                sed -e '/^None$/d' -e "s|^${prefix}||" | sort
        }
        ;;
    file:///*)
        FOLDER="${TARGET#file://}"
        store_put() {
            local path="${FOLDER}/$1"
            mkdir -p "$(dirname "${path}")"
            # Under another name first: half a file is never taken for a whole one.
            cat > "${path}.part.$$"
            sync "${path}.part.$$"
            mv "${path}.part.$$" "${path}"
        }
        store_get() { cat "${FOLDER}/$1"; }
        store_has() { [[ -f "${FOLDER}/$1" ]]; }
        store_list() {
            [[ ! -d "${FOLDER}" ]] || (cd "${FOLDER}" && find . -type f ! -name '*.part.*' |
                sed 's|^\./||' | { grep "^$1" || true; } | sort)
        }
        store_remove() { rm -f "${FOLDER}/$1"; }
        ;;
    *) complain "TASKWIRE_BACKUP_TARGET is neither s3:// nor file:///" ;;
esac

# AES-256-GCM: what was changed or cut off does not open. A piece is sealed in memory, so streams
# are cut into pieces first.
seal() {
    openssl cms -encrypt -binary -outform DER -aes-256-gcm \
        "${TASKWIRE_BACKUP_CERTIFICATE:?the certificate backups are sealed for}"
}

unseal() {
    openssl cms -decrypt -binary -inform DER -inkey "${TASKWIRE_BACKUP_KEY:?the private key}" \
        -recip "${TASKWIRE_BACKUP_CERTIFICATE:?the certificate backups were sealed for}"
}

# put_sealed NAME: all of stdin, whole or not at all: a failed seal leaves nothing in the store.
put_sealed() {
    local sealed
    sealed="$(mktemp)"
    seal > "${sealed}" || { rm -f "${sealed}"; complain "$1 could not be sealed"; }
    store_put "$1" < "${sealed}"
    rm -f "${sealed}"
}

# put_pieces PREFIX: stdin as PREFIX/000000, PREFIX/000001, …
PIECE_BYTES=67108864
put_pieces() {
    export -f store_put put_sealed seal complain
    export TARGET FOLDER="${FOLDER:-}"
    # split calls a shell of its own for each piece, and stops when one fails.
    PREFIX="$1" SHELL="${BASH}" split --bytes="${PIECE_BYTES}" --numeric-suffixes \
        --suffix-length=6 --filter='set -euo pipefail; put_sealed "${PREFIX}/${FILE}"' - ''
}

# get_pieces PREFIX COUNT: the stream they were cut from.
get_pieces() {
    local number
    for ((number = 0; number < $2; number++)); do
        store_get "$(printf '%s/%06d' "$1" "${number}")" | unseal
    done
}
