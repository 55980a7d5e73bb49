#!/usr/bin/env bash
# Installs the programs that checks and tests of the delivery artefacts run, where a machine has
# Debian's packages and we may install them. Elsewhere, what needs them is skipped and says so.
set -euo pipefail

packages=(
    default-jre-headless
    groovy
    haproxy
    prometheus
    prometheus-alertmanager
    prometheus-blackbox-exporter
    prometheus-node-exporter
    prometheus-postgres-exporter
    prometheus-pushgateway
    prometheus-redis-exporter
)
# The tests start what they need; at this run level packages start no services.
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive

is_installed() {
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

give_up() {
    echo "$1; what needs these programs is skipped: ${missing[*]}"
    exit 0
}

if ! { command -v apt-get && command -v dpkg-query; } >/dev/null; then
    missing=("${packages[@]}")
    give_up "Debian's packages are not for this machine"
fi
missing=()
for package in "${packages[@]}"; do
    is_installed "${package}" || missing+=("${package}")
done
if ((${#missing[@]} == 0)); then
    echo "all are installed: ${packages[*]}"
    exit 0
fi
((EUID == 0)) || give_up "Only root may install packages"
options=(--quiet --quiet --yes --no-install-recommends -o Acquire::Retries=3)
timeout 300 apt-get "${options[@]}" update || give_up "The lists of packages are not to be had"
timeout 900 apt-get "${options[@]}" install "${missing[@]}" || give_up "apt-get failed"
