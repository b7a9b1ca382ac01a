#!/bin/sh
# Installs the servers and tools that the tests talk to, as root on Debian or Ubuntu; says so and goes on anywhere else.
set -eu
cd "$(dirname "$0")"
PACKAGES="systemd postfix swaks p7zip-full 7zip qpdf gnupg libarchive-tools zip unzip age openssl curl msmtp gcc libc6-dev chromium postgresql util-linux unbound libgnutls-dane0 libidn12 libdb5.3 libnsl2"
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
# Exim's package would remove Postfix's: it is unpacked beside it.
if [ ! -x /opt/exim-for-tests/usr/sbin/exim4 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download -qq exim4-daemon-light >/dev/null 2>&1 || { apt-get update -qq; apt-get download -qq exim4-daemon-light >/dev/null; }
    dpkg -x exim4-daemon-light*.deb /opt/exim-for-tests)
    rm -r "$folder"
fi
if command -v npm >/dev/null && [ ! -d node/node_modules/axe-core ]; then
    npm ci --prefix node --ignore-scripts --no-audit --no-fund --silent || echo "npm could not install tests/node" >&2
fi
