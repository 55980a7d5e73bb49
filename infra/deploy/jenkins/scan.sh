#!/usr/bin/env bash
# Known vulnerabilities in files, image and packages. Every scanner runs, then the worst counts.
source "$(dirname "$0")/release.sh"

failed=()
run() {
    local name=$1
    shift
    echo "=== ${name} ==="
    "$@" || failed+=("${name}")
}

# pip-audit exits 0 when no advisory service answered: what it audited is counted.
audited_packages() {
    pip-audit --requirement requirements/runtime.txt --require-hashes --disable-pip \
        --format json --output "${REPORTS}/pip-audit.json" || return 1
    python3 -c '
import json, sys
packages = json.load(open(sys.argv[1]))["dependencies"]
skipped = [package["name"] for package in packages if "skip_reason" in package]
print(f"{len(packages) - len(skipped)} packages audited, {len(skipped)} skipped")
sys.exit(not packages or bool(skipped))
' "${REPORTS}/pip-audit.json"
}

npm_audit() {
    npm --prefix web/ui audit --audit-level=high --json > "${REPORTS}/npm-audit.json"
}

trivy_options=(--exit-code 1 --severity "HIGH,CRITICAL" --ignore-unfixed --format json)
run "Trivy: files" trivy fs "${trivy_options[@]}" --scanners vuln,secret,misconfig \
    --skip-dirs .venv --skip-dirs web/ui/node_modules --output "${REPORTS}/trivy-files.json" .
run "Trivy: image" trivy image "${trivy_options[@]}" --input "${REPORTS}/image.tar" \
    --output "${REPORTS}/trivy-image.json"
run "Trivy: backup image" trivy image "${trivy_options[@]}" \
    --input "${REPORTS}/backup-image.tar" --output "${REPORTS}/trivy-backup-image.json"
run "pip-audit" audited_packages
run "npm audit" npm_audit

[[ ${#failed[@]} -eq 0 ]] || complain "failed: ${failed[*]}"
