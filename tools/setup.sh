#!/usr/bin/env bash
# Installs the Debian packages that are missing; silent and quick when none is.
#   tools/setup.sh [--with-render] [--with-plot] [--with-tests] [--with-tools]
# Needs root, or sudo without a password; otherwise it prints the command to run. It needs nothing
# but what a minimal Debian 12 has.
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

groups=" run "
for argument in "$@"; do
  case "$argument" in
    --with-render) groups+="render " ;;
    --with-plot) groups+="plot " ;;
    --with-tests) groups+="test render plot " ;;
    --with-tools) groups+="tools " ;;
    *) die "unknown option '$argument'; usage: tools/setup.sh [--with-render]" \
      "[--with-plot] [--with-tests] [--with-tools]" ;;
  esac
done

list="$(dirname "${BASH_SOURCE[0]}")/packages.txt"
wanted=()
while read -r package group _; do
  [[ -z "$package" || "$package" == \#* ]] && continue
  [[ "$groups" == *" $group "* ]] && wanted+=("$package")
done < "$list"

command -v dpkg-query > /dev/null || die "this is not a Debian system: install by hand what" \
  "$list names, or work in a Debian 12 (bookworm) container"

missing_packages() {
  # dpkg-query fails when it does not know a package: its output is the answer.
  local installed
  installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' "${wanted[@]}" 2> /dev/null || true)"
  local package
  for package in "${wanted[@]}"; do
    [[ "$installed" == *" installed=$package "* ]] || printf '%s ' "$package"
  done
}

warn_about_blas() {
  # LibTorch takes whatever libblas.so.3 is: the reference one is 15 times slower than OpenBLAS.
  local link target
  for link in /etc/alternatives/libblas.so.3-*; do
    target="$(readlink -f "$link")"
    [[ "$target" == *openblas* ]] && return
    say "warning: $(basename "$link") is $target, not OpenBLAS: trials will be many times slower." \
      "Mend: update-alternatives --config $(basename "$link")"
  done
}

read -r -a missing <<< "$(missing_packages)"
if (( ${#missing[@]} == 0 )); then
  warn_about_blas
  exit 0
fi

install="apt-get install -y --no-install-recommends ${missing[*]}"
as_root=()
if (( EUID != 0 )); then
  if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=(sudo -n)
  else
    die "${#missing[@]} Debian packages are missing; as root: apt-get update && $install"
  fi
fi

log="$(mktemp "${TMPDIR:-/tmp}/vagram-setup.XXXXXX")"
trap 'rm -f "$log"' EXIT
apt() {
  # `env` so that the variable also passes through sudo.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" \
    >> "$log" 2>&1 < /dev/null
}
fail() {
  tail -n 40 "$log" >&2
  die "$1 failed (above: the end of its output); as root: apt-get update && $install"
}

say "installing ${#missing[@]} Debian packages (the first time takes a few minutes): ${missing[*]}"
apt update || fail "apt-get update"
apt install -y --no-install-recommends "${missing[@]}" || fail "apt-get install"
left="$(missing_packages)"
[[ -z "$left" ]] || die "apt-get install reported success, but these are still missing: $left"
warn_about_blas
say "done"
