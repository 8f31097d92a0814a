# shellcheck shell=bash
# podman and buildah for the tests: unpacked like everything else, on a storage of this checkout's own. The machine's
# own podman, its images and its settings are neither used nor touched.

PODMAN_PACKAGES=(podman buildah conmon golang-github-containers-common golang-github-containers-image
  libassuan0 libgpgme11 libsubid4 libglib2.0-0 libdevmapper1.02.1 libseccomp2)

podman_unpack() {
  tools_folder >/dev/null
  unpack_packages bookworm "$CACHE/podman" "${PODMAN_PACKAGES[@]}"
}

# A program $1 of file $2 that finds its libraries, and its settings below $3 where no user's are.
podman_wrapper() {
  local libraries home=$3
  libraries=$(echo "$CACHE"/podman/usr/lib/*-linux-gnu "$CACHE"/podman/lib/*-linux-gnu "$CACHE"/tools/usr/lib/*-linux-gnu "$CACHE"/tools/lib/*-linux-gnu | tr ' ' ':')
  printf '#!/bin/sh\nHOME=%q LD_LIBRARY_PATH=%q exec %q "$@"\n' "$home/home" "$libraries" "$2" >"$home/bin/$1"
  chmod 0755 "$home/bin/$1"
}

# No network in containers, cgroups without systemd, and limits that the caller of a test may have; $1 is where it
# keeps everything, $2 where it keeps what is gone with the machine.
podman_settings() {
  local home=$1 run=$2
  cat >"$home/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$home/data"
rootless_storage_path = "$home/data"
runroot = "$run/run"
END
  cat >"$home/containers.conf" <<END
[containers]
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
seccomp_profile = "$CACHE/podman/usr/share/containers/seccomp.json"
[network]
network_config_dir = "$home/networks"
cni_plugin_dirs = ["$home/network-plugins"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$run/libpod"
conmon_path = ["$home/bin/conmon"]
runtime = "runc"
[engine.runtimes]
runc = ["$home/bin/runc"]
END
  # Short names are those of the hub, and nothing is asked of it: there is no network.
  printf 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n' >"$home/registries.conf"
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$home/home/.config/containers/policy.json"
}

# Builds ask for a network as podman's default is. These plug-ins say that it is there, and it is empty.
podman_no_network() {
  local plugin home=$1
  mkdir -p "$home/network-plugins"
  for plugin in bridge portmap firewall tuning; do
    cat >"$home/network-plugins/$plugin" <<'END'
#!/bin/sh
echo '{"cniVersion": "0.4.0", "supportedVersions": ["0.4.0"], "interfaces": [], "ips": []}'
END
    chmod 0755 "$home/network-plugins/$plugin"
  done
}

# Programs and settings below $1, with what is gone with the machine below $2.
podman_prepare() {
  local home=$1 run=$2 program
  [ "$(id -u)" = 0 ] || die "the podman of the tests needs root"
  with_cache podman_unpack
  mkdir -p "$home/bin" "$home/home/.config/containers" "$home/networks" "$run"
  podman_settings "$home" "$run"
  podman_no_network "$home"
  for program in podman buildah conmon; do podman_wrapper $program "$CACHE/podman/usr/bin/$program" "$home"; done
  podman_wrapper runc "$CACHE/tools/usr/sbin/runc" "$home"
}

podman_up() {
  local home=$STATE/podman
  [ "${1:-}" != --rootless ] || { shift; rootless_up "$@"; return; }
  lock
  podman_prepare "$home" "$RUN/podman"
  podman_own info >/dev/null || die "the private podman does not work: $home/bin/podman info"
  podman_images podman_own "$@"
}

# podman, on this checkout's own storage.
podman_own() {
  local home=$STATE/podman
  env -u CONTAINER_HOST CONTAINERS_CONF="$home/containers.conf" CONTAINERS_STORAGE_CONF="$home/storage.conf" \
    CONTAINERS_REGISTRIES_CONF="$home/registries.conf" "$home/bin/podman" "$@" 8>&- 9>&-
}

# `ENV A=1 B=2` as two lines: to `podman import` it is one variable whose value is the rest.
one_variable_each() {
  awk '$1 == "ENV" { for (n = 2; n <= NF; n++) print "ENV " $n; next } { print }'
}

# Images $2… made sure of, as stand-ins, by the podman that $1 runs.
podman_images() {
  local own=$1 image recipe change changes
  shift
  for image; do
    ! "$own" image exists "$image" || continue
    recipe=$(recipe_of "$image") || die "$image: the private podman has no network, and there is no stand-in for it"
    with_cache stand_in "$recipe"
    changes=()
    while IFS= read -r change; do changes+=(-c "$change"); done < <("config_$recipe" | one_variable_each)
    "$own" import -q -m "stand-in for $image, made from Debian packages by scripts/engine" "${changes[@]}" \
      "$(stand_in_tar "$recipe")" "docker.io/library/$image" >/dev/null
    say "WARNING: $image in the private podman is a STAND-IN ($recipe), not the real image: sizes are not the real ones"
  done
}

# Shell exports that put the private podman first on the PATH, on stdout.
podman_env() {
  local home=$STATE/podman
  [ -x "$home/bin/podman" ] || die "the private podman is not there: scripts/engine podman alpine:latest"
  echo "unset CONTAINER_HOST CONTAINER_CONNECTION"
  printf 'export CONTAINERS_CONF=%q\n' "$home/containers.conf"
  printf 'export CONTAINERS_STORAGE_CONF=%q\n' "$home/storage.conf"
  printf 'export CONTAINERS_REGISTRIES_CONF=%q\n' "$home/registries.conf"
  echo "export BUILDAH_ISOLATION=oci"
  printf 'export PATH=%q:"$PATH"\n' "$home/bin"
  printf 'export MIGRATOR_PODMAN=%q\n' "$home/bin"
}

podman_down() {
  local home=$STATE/podman
  [ -x "$home/bin/podman" ] || return 0
  podman_own rm -fa >/dev/null 2>&1 || true
  # Also what a build that was killed worked in; the deepest first.
  awk -v below="$home/data/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while IFS= read -r mount; do
    umount "$mount" || true
  done
  rm -rf "$home" "$RUN/podman"
}
