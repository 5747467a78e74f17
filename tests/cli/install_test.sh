#!/bin/sh
# An installed copy finds the data that was installed with it, from any folder.
set -eu
build=$(dirname -- "$WIRELAB")
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" >"$prefix/log" 2>&1 || { cat "$prefix/log"; exit 1; }
for wanted in bin/wirelab share/wirelab/scenarios share/wirelab/topologies share/doc/wirelab/LICENSE; do
  [ -e "$prefix/$wanted" ] || { echo "not installed: $wanted"; exit 1; }
done
[ ! -e "$prefix/share/wirelab/scenarios/run" ] || { echo "the set-up script needs the source tree"; exit 1; }
# A topology that only the installed copy has shows which data it uses.
echo '{}' >"$prefix/share/wirelab/topologies/only-here.json"
cd /
"$prefix/bin/wirelab" list topologies | grep -q only-here || { echo "the installed copy uses other data"; exit 1; }
