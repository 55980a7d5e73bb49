#!/usr/bin/env bash
# Refuse early what can't end well: unknown parameters, missing programs, a changed checkout.
source "$(dirname "$0")/release.sh"

[[ "${STRATEGY:-}" =~ ^(rolling|blue-green|canary)$ ]] || complain "STRATEGY is rolling, blue-green or canary, not '${STRATEGY:-}'"

missing=()
for program in git make python3 docker kubectl aws trivy curl; do
    command -v "${program}" > /dev/null || missing+=("${program}")
done
[[ ${#missing[@]} -eq 0 ]] || complain "this agent lacks ${missing[*]}"

# An image is named by its commit; with changes in it the name would be a lie.
[[ -z "$(git status --porcelain --untracked-files=no)" ]] || complain "the checkout has uncommitted changes"

{
    printf 'ENVIRONMENT=%s\n' "${ENVIRONMENT}"
    printf 'STRATEGY=%s\n' "${STRATEGY}"
    printf 'RELEASE=%s\n' "${RELEASE}"
    printf 'COMMIT=%s\n' "$(git rev-parse HEAD)"
} > "${REPORTS}/release.env"
cat "${REPORTS}/release.env"
