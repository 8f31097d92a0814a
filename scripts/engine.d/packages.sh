# shellcheck shell=bash
# Debian packages, downloaded by the machine's own apt and unpacked into private folders.
# Nothing is installed, and the machine's own package lists are not touched.

# A new empty folder in the cache, for $1; what is left there when the script ends, however it ends, is removed.
scratch() {
  mkdir -p "$CACHE/work-$$"
  mktemp -d "$CACHE/work-$$/$1.XXXXXX"
}
trap 'rm -rf "$CACHE/work-$$"' EXIT

# The machine's own Debian source entry on stdout, with its suite changed to $1; from the folder $2, for the release
# $3, when it is not this machine that is asked about. Mirrors, proxies and keys stay what the administrator chose.
own_source_entry() {
  local folder=${2:-/etc/apt} codename=${3:-} file
  [ -n "$codename" ] || codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  for file in "$folder"/sources.list "$folder"/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    awk -v own="$codename" -v suite="$1" '
      $1 == "deb" {
        at = 2
        if ($2 ~ /^\[/) while (at <= NF && $at !~ /\]$/) at++
        if ($2 ~ /^\[/) at++
        if (($(at + 1) == own || $(at + 1) ~ /^(old)?stable$/) && / main( |$)/) { $(at + 1) = suite; print; exit }
      }' "$file"
  done
  for file in "$folder"/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # A paragraph a record; continuation lines (an inline key) stay with their field.
    awk -v own="$codename" -v suite="$1" 'BEGIN { RS = ""; FS = "\n" }
      {
        text = ""; right = 0; off = 0; binary = 0
        for (i = 1; i <= NF; i++) {
          if ($i ~ /^#/) continue
          if ($i ~ /^Enabled: *no/) off = 1
          if ($i ~ /^Types:/) { binary = $i ~ /[ \t]deb( |$)/; $i = "Types: deb" }
          if ($i ~ /^Suites:/) {
            n = split(substr($i, 8), words, " ")
            for (w = 1; w <= n; w++) if (words[w] == own || words[w] ~ /^(old)?stable$/) right = 1
            $i = "Suites: " suite
          }
          text = text $i "\n"
        }
        if (right && binary && !off && text ~ /Components:[^\n]*main/) { print text; exit }
      }' "$file"
  done
}

# apt-get with sources, lists, cache and package status of its own, for one suite.
apt_private() {
  local suite=$1 home=$CACHE/apt/$1
  shift
  apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$home/etc" -o Dir::State="$home/state" \
    -o Dir::State::status="$home/status" -o Dir::Cache="$home/cache" -o APT::Sandbox::User=root \
    -o APT::Install-Recommends=false -o Acquire::Languages=none -o Acquire::Retries=3 "$@" </dev/null
}

# Package lists of the suite $1, fetched at most once in a call of this script.
apt_ready() {
  local home=$CACHE/apt/$1 entry
  [ ! -e "$home/fresh-$$" ] || return 0
  entry=$(own_source_entry "$1")
  [ -n "$entry" ] || die "no Debian source entry found under /etc/apt: a private engine needs Debian; start Docker instead"
  mkdir -p "$home/etc" "$home/state/lists/partial" "$home/cache/archives/partial"
  rm -f "$home"/etc/own.* "$home"/fresh-*
  : >"$home/status"
  case $entry in
    deb*) printf '%s\n' "$entry" | head -n 1 >"$home/etc/own.list" ;;
    *) printf '%s\n' "$entry" >"$home/etc/own.sources" ;;
  esac
  apt_private "$1" update || die "apt-get update for Debian $1 failed"
  : >"$home/fresh-$$"
}

# Packages $3… of suite $1 unpacked into folder $2, without their dependencies. Done once; the folder appears whole.
unpack_packages() {
  local suite=$1 folder=$2 debs work
  shift 2
  [ "$(cat "$folder/.packages" 2>/dev/null)" != "$*" ] || return 0
  apt_ready "$suite"
  say "fetching Debian $suite packages: $*"
  debs=$(scratch debs)
  work=$(scratch unpack)
  (cd "$debs" && apt_private "$suite" download "$@") || die "apt-get download failed: $*"
  for deb in "$debs"/*.deb; do dpkg -x "$deb" "$work"; done
  echo "$*" >"$work/.packages"
  rm -rf "$debs" "$folder"
  mv "$work" "$folder"
}

# What both engines and the stand-ins need of the machine itself: runc, its libraries, xz, tini (for `docker run
# --init`, which knows it by another name), and busybox for the rest.
# runc is Debian 12's on purpose: newer ones need a newer C library than Debian 12 has.
tools_folder() {
  unpack_packages bookworm "$CACHE/tools" runc libseccomp2 libdevmapper1.02.1 xz-utils tini busybox-static
  ln -sf tini-static "$CACHE/tools/usr/bin/docker-init"
  echo "$CACHE/tools"
}

# Runs "$@" with the cache to itself, so that two checkouts do not unpack into one folder. A failure ends the script,
# so the call must not stand in a condition, where bash would go on after it.
with_cache() {
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock -w 1800 9 || die "another scripts/engine has been filling $CACHE for half an hour"
  "$@"
  exec 9>&-
}
