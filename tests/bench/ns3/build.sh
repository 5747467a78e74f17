#!/bin/sh
# Builds the programs against an installed ns-3 (Debian: ns3 and libns3-dev; pkg-config must find it).
# OUT = where the programs go (default ./bin); CXX, CXXFLAGS as usual; NS3_CXXSTD for a newer ns-3.
set -eu
cd "$(dirname -- "$0")"
out=${OUT:-bin}
mkdir -p "$out"
modules="ns3-core ns3-network ns3-internet ns3-point-to-point ns3-nix-vector-routing"
include=$(pkg-config --cflags $modules)
# (Debian's .pc files name libgsl.so and libsqlite3.so of -dev packages that they do not depend on.)
libraries=$(pkg-config --libs $modules | tr " " "\n" | grep -- "^-[lL]")
for program in dumbbell chain; do
  ${CXX:-g++} -std=${NS3_CXXSTD:-c++17} ${CXXFLAGS:--O2} $include -o "$out/$program" $program.cc $libraries
done
