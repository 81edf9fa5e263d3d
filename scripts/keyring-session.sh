#!/usr/bin/env bash
# Runs a command with a Secret Service of its own: a fresh D-Bus session and an unlocked
# gnome-keyring in temporary folders. Needs gnome-keyring, dbus and libsecret-tools.
#
#   scripts/keyring-session.sh npx vitest run tests/keychain
#
# With KEYRING_HOME set, that folder is used as the home folder and kept, so that a later
# session finds the same keyring; with KEYRING_LOCKED=1 it is not unlocked.
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: $0 COMMAND [ARGUMENT…]" >&2
  exit 2
fi

runtime=$(mktemp -d)
home=${KEYRING_HOME:-$(mktemp -d)}
cleanup() {
  rm -rf "$runtime"
  if [ -z "${KEYRING_HOME:-}" ]; then rm -rf "$home"; fi
}
trap cleanup EXIT

export HOME=$home XDG_RUNTIME_DIR=$runtime XDG_DATA_HOME=$home/.local/share
if [ "${KEYRING_LOCKED:-}" = 1 ]; then
  start='gnome-keyring-daemon --start --components=secrets'
else
  start='printf "\n" | gnome-keyring-daemon --unlock --components=secrets'
fi
dbus-run-session -- bash -c "$start >/dev/null 2>&1; exec \"\$@\"" _ "$@"
