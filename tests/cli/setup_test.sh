#!/bin/sh
# What .ci/setup.sh does on a machine without our packages, played with a package manager that only takes notes.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
fail() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }

# The bare machine: a shell's usual tools, a package manager, and nothing that builds.
mkdir "$scratch/bin"
for tool in sh sed grep mktemp id env tail rm cat wc; do ln -s "$(command -v $tool)" "$scratch/bin/$tool"; done
cat >"$scratch/bin/dpkg-query" <<'FAKE'
#!/bin/sh
cat "$SCRATCH/installed"
FAKE
cat >"$scratch/bin/apt-get" <<'FAKE'
#!/bin/sh
printf '%s\n' "$*" >>"$SCRATCH/asked"
[ ! -f "$SCRATCH/broken" ] || { echo 'E: Unable to locate package'; exit 100; }
FAKE
cat >"$scratch/bin/sudo" <<'FAKE'
#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@"
FAKE
chmod +x "$scratch/bin/dpkg-query" "$scratch/bin/apt-get" "$scratch/bin/sudo"

# need WHAT: runs it there; leaves what was asked of apt-get in $scratch/asked and what was said in $scratch/said.
need() {
  rm -f "$scratch/asked"
  : >"$scratch/asked"
  status=0
  (cd "$top" && env -i PATH="$scratch/bin" SCRATCH="$scratch" CI=true sh -c ". .ci/setup.sh; need $1") \
    2>"$scratch/said" </dev/null || status=$?
}

: >"$scratch/installed"
need program
[ "$status" -eq 0 ] || fail "installing the program's packages gave status $status"
grep -q 'install .* g++ cmake ninja-build .*nlohmann-json3-dev' "$scratch/asked" || fail "the compiler is not asked for"
grep -q librandom123-dev "$scratch/asked" || fail "a library is not asked for"
grep -q libgtest-dev "$scratch/asked" && fail "the program does not need GoogleTest"
[ "$(wc -l <"$scratch/said")" -eq 1 ] || fail "installing is said in one line"

need tests
grep -q libgtest-dev "$scratch/asked" || fail "the tests need GoogleTest"

# One package is missing: only that one is asked for.
for package in $(. "$top/.ci/setup.sh"; echo "$program_packages"); do
  [ "$package" = libfmt-dev ] || echo "$package installed"
done >"$scratch/installed"
need program
grep -q '^install .*=300 libfmt-dev$' "$scratch/asked" ||
  fail "only libfmt-dev is missing, asked: $(cat "$scratch/asked")"

# A package that is known but was removed does not count.
echo "libfmt-dev config-files" >>"$scratch/installed"
need program
grep -q libfmt-dev "$scratch/asked" || fail "a removed package counts as installed"

# Everything is there: not a word, and the package manager is left alone.
echo "libfmt-dev installed" >>"$scratch/installed"
need program
[ ! -s "$scratch/asked" ] || fail "nothing is missing, asked: $(cat "$scratch/asked")"
[ ! -s "$scratch/said" ] || fail "nothing to say, said: $(cat "$scratch/said")"

# The archive refuses: status 3 and its own words.
: >"$scratch/installed"
touch "$scratch/broken"
need program
[ "$status" -eq 3 ] || fail "a failed installation gave status $status"
grep -q 'Unable to locate package' "$scratch/said" || fail "the reason is not shown"

# Neither apt-get nor Homebrew: what is missing is said by name.
rm "$scratch/bin/apt-get"
need program
grep -q 'Missing: cmake' "$scratch/said" || fail "missing programs are not named"
grep -q librandom123-dev "$scratch/said" || fail "missing libraries are not named"

[ "$failures" -eq 0 ]
