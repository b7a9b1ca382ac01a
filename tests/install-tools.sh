#!/bin/sh
# Installs the servers and tools that the tests talk to, as root on Debian or Ubuntu; says so and goes on anywhere else.
set -eu
cd "$(dirname "$0")"
PACKAGES="postfix swaks p7zip-full 7zip qpdf gnupg libarchive-tools zip unzip age openssl curl msmtp gcc libc6-dev chromium postgresql util-linux"
missing=""
for package in $PACKAGES; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
command -v node >/dev/null || missing="$missing nodejs npm"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "not installed:$missing (the tests that need them are skipped)" >&2
    else
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086 # one word per package
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    fi
fi
if command -v npm >/dev/null && [ ! -d node/node_modules/axe-core ]; then
    npm ci --prefix node --ignore-scripts --no-audit --no-fund --silent || echo "npm could not install tests/node" >&2
fi
