#!/usr/bin/env bash
# Builds keytar below build/keytar, for the tests that compare it with secret-tool. Its own install
# script would look for a binary on GitHub first; this takes nothing but the package's source and
# the headers that came with Node. Needs a C++ compiler, make, python3 and libsecret-1-dev.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/keytar
[ -e "$folder/node_modules/keytar/build/Release/keytar.node" ] && exit 0

node_folder=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [ ! -e "$node_folder/include/node/node_api.h" ]; then
  echo "keytar is not built: this Node came without its headers" >&2
  exit 0
fi

mkdir -p "$folder"
echo '{ "private": true }' >"$folder/package.json"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-package-lock keytar@7.9.0
node_gyp=$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js
cd "$folder/node_modules/keytar"
node "$node_gyp" rebuild --nodedir="$node_folder" >/dev/null
