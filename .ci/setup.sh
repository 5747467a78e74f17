# What scenarios/run, tests/run and .ci/run share; read by them with `.`, with the project's top as current folder.
# POSIX sh. Everything said goes to standard error, so that a script's own output stays clean.

program_packages="g++ cmake ninja-build ccache mold nlohmann-json3-dev libcli11-dev libfmt-dev libboost-dev \
robin-map-dev librandom123-dev libpugixml-dev gnuplot-nox"
test_packages="libgtest-dev libgmock-dev librapidcheck-dev tshark"
check_packages="clang libclang-rt-14-dev clang-format-14 libbenchmark-dev"

# Homebrew has no Random123 (headers only) and no RapidCheck: where they are missing, CMake names them.
program_formulas="cmake ninja ccache nlohmann-json cli11 fmt boost robin-map pugixml gnuplot"
test_formulas="googletest wireshark"

say() { printf '%s\n' "$*" >&2; }
give_up() { say "$*"; exit 3; }
cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# The command that a package is wanted for, where that is all it is wanted for: any version of it will do.
command_of() {
  case $1 in
    g++|cmake|ccache|mold|tshark|clang) echo "$1" ;;
    ninja-build|ninja) echo ninja ;;
    gnuplot-nox|gnuplot) echo gnuplot ;;
    clang-format-14) echo clang-format-14 ;;
  esac
}

# Those of the named packages that are missing. One query for all, so that nothing to do takes no time.
missing_packages() {
  there=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p')
  for package in "$@"; do
    wanted=$(command_of "$package")
    if [ -n "$wanted" ] && command -v "$wanted" >/dev/null 2>&1; then continue; fi
    printf '%s\n' "$there" | grep -qx -- "$package" || printf '%s ' "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif ! command -v sudo >/dev/null 2>&1; then give_up "No root and no sudo here. As root, run: $*"
  elif [ -t 0 ] && [ "${CI:-}" != true ]; then sudo "$@"
  else sudo -n "$@"
  fi
}

install_with_apt() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "Installing with apt: $missing"
  log=$(mktemp)
  # Package lists may be absent on a bare machine, or older than the archive.
  # shellcheck disable=SC2086
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >"$log" 2>&1 </dev/null &&
     as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
       -o DPkg::Lock::Timeout=300 $missing >>"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    tail -n 20 "$log" >&2
    rm -f "$log"
    give_up "Could not install: $missing"
  fi
}

install_with_brew() {
  missing=
  there=$(brew list --formula -1 2>/dev/null)
  for formula in "$@"; do
    printf '%s\n' "$there" | grep -qx -- "$formula" || missing="$missing $formula"
  done
  [ -n "$missing" ] || return 0
  say "Installing with Homebrew:$missing"
  # shellcheck disable=SC2086
  brew install -q $missing >&2 </dev/null || give_up "Could not install:$missing"
}

# need program|tests|checks: makes sure that what this takes is installed. `checks` are what only .ci/run uses.
need() {
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    case $1 in
      program) install_with_apt $program_packages ;;
      tests) install_with_apt $program_packages $test_packages ;;
      checks) install_with_apt $program_packages $test_packages $check_packages ;;
    esac
  elif command -v brew >/dev/null 2>&1; then
    case $1 in
      program) install_with_brew $program_formulas ;;
      *) install_with_brew $program_formulas $test_formulas ;;
    esac
  else
    for tool in c++ cmake ninja gnuplot; do
      command -v "$tool" >/dev/null 2>&1 || say "Missing: $tool"
    done
    say "No apt-get and no Homebrew here. wirelab needs, by their Debian names: $program_packages"
    [ "$1" = program ] || say "and for its tests: $test_packages"
  fi
}

# configure DIR [OPTION...]: quiet unless it fails, and skipped where the folder was configured with these options.
configure() {
  dir=$1
  shift
  stamp=$dir/.configured
  if [ -f "$dir/CMakeCache.txt" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$*" ]; then return 0; fi
  say "Configuring $dir"
  generator=
  [ -f "$dir/CMakeCache.txt" ] || { command -v ninja >/dev/null 2>&1 && generator="-G Ninja"; }
  mkdir -p "$dir"
  # shellcheck disable=SC2086
  if ! cmake -S . -B "$dir" $generator "$@" >"$dir/configure.log" 2>&1; then
    tail -n 30 "$dir/configure.log" >&2
    give_up "Could not configure $dir (its log: $dir/configure.log)"
  fi
  printf '%s\n' "$*" >"$stamp"
}

# build DIR [TARGET]: the compiler's own words only when it fails.
build() {
  say "Building in $1"
  if ! cmake --build "$1" --parallel "$(cores)" ${2:+--target "$2"} >"$1/build.log" 2>&1; then
    grep -E -A 12 'error|FAILED|undefined reference' "$1/build.log" | head -n 60 >&2
    give_up "Could not build (the log: $1/build.log)"
  fi
}
