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

# shellcheck disable=SC2016 # expanded by the inner shell, inside the session
session='
  if [ "${KEYRING_LOCKED:-}" = 1 ]; then
    gnome-keyring-daemon --foreground --components=secrets </dev/null >/dev/null 2>&1 &
  else
    printf "\n" | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
  fi
  daemon=$!
  for _ in $(seq 100); do
    if dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
      org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q "boolean true"; then break; fi
    sleep 0.05
  done
  "$@"
  status=$?
  kill "$daemon" 2>/dev/null
  wait "$daemon" 2>/dev/null
  exit "$status"
'
dbus-run-session -- bash -c "$session" _ "$@"
