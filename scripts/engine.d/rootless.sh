# shellcheck shell=bash
# podman for a user without rights. He exists for as long as a command of his runs, in namespaces of its own: the
# machine's /etc is not touched, no folder's mode is changed, and what the command leaves running ends with it.

ROOTLESS_USER=migrator-rootless
ROOTLESS_ID=64321

rootless_up() {
  local home=$STATE/rootless program
  lock
  podman_prepare "$home" "$RUN/rootless"
  with_cache unpack_packages bookworm "$CACHE/uidmap" uidmap
  for program in newuidmap newgidmap; do ln -sf "$CACHE/uidmap/usr/bin/$program" "$home/bin/$program"; done
  # A build asks for a network through this program, as a user. There is none, and it says that it is there.
  printf '#!/bin/sh\ncase ${1:-} in -*version | -*help) echo none; exit ;; esac\nprintf 1 >&3\nexec sleep infinity\n' >"$home/bin/slirp4netns"
  chmod 0755 "$home/bin/slirp4netns"
  mkdir -p "$home/data" "$home/tmp"
  chown -R "$ROOTLESS_ID:$ROOTLESS_ID" "$home/home" "$home/networks"
  chown "$ROOTLESS_ID:$ROOTLESS_ID" "$home/data" "$home/tmp"
  rootless_own info >/dev/null || die "the podman of a user without rights does not work: scripts/engine rootless podman info"
  podman_images rootless_own "$@"
}

rootless_own() { rootless_run podman "$@" 8>&- 9>&-; }

# The command $@ as that user, with his podman first on the PATH, in the current folder.
rootless_run() {
  local home=$STATE/rootless run=$RUN/rootless
  [ -x "$home/bin/podman" ] || die "there is no podman for a user without rights yet: scripts/engine podman --rootless alpine:latest"
  # What runs is gone with its namespace, and so is what is written here of it.
  rm -rf "$run"
  install -d -m 0755 "$run"
  install -d -m 0700 -o "$ROOTLESS_ID" -g "$ROOTLESS_ID" "$run/user" "$run/run" "$run/libpod"
  env -u CONTAINER_HOST -u CONTAINER_CONNECTION -u DOCKER_HOST -u BUILDAH_ISOLATION \
    CONTAINERS_CONF="$home/containers.conf" CONTAINERS_STORAGE_CONF="$home/storage.conf" \
    CONTAINERS_REGISTRIES_CONF="$home/registries.conf" MIGRATOR_PODMAN="$home/bin" MIGRATOR_ROOTLESS=yes \
    HOME="$home/home" USER="$ROOTLESS_USER" LOGNAME="$ROOTLESS_USER" XDG_RUNTIME_DIR="$run/user" TMPDIR="$home/tmp" \
    PYTHONDONTWRITEBYTECODE=1 PATH="$home/bin:$PATH" \
    unshare --mount --pid --fork --kill-child --mount-proc \
    bash -ec "$(declare -f rootless_open rootless_inside); rootless_inside \"\$@\"" - "$run" "$ROOTLESS_USER" "$ROOTLESS_ID" "$home" "$@"
}

# In the namespaces: the user $2 with the id $3 and ids of his own, and the command $5… as him.
rootless_inside() {
  local run=$1 user=$2 id=$3 home=$4 path
  shift 4
  mkdir "$run/over"
  mount -t tmpfs -o mode=0755 none "$run/over"
  mkdir "$run/over/home"
  mount --bind "$home" "$run/over/home"
  rootless_open "$run/over" /etc
  echo "$user:x:$id:$id::$home/home:/bin/sh" >>/etc/passwd
  echo "$user:x:$id:" >>/etc/group
  echo "$user:100000:65536" | tee /etc/subuid >/etc/subgid
  for path in "$PWD" "$home" "$(readlink -f "$home/bin/newuidmap")" "$(readlink -f "$(type -P -- "$1")")"; do
    while [ "$path" != / ]; do
      path=$(dirname "$path")
      case $(stat -c %A "$path") in *[xt]) ;; *) rootless_open "$run/over" "$path" ;; esac
    done
  done
  mount --bind "$run/over/home" "$home" # what is written there is to stay
  cd "$PWD"
  mount --make-rshared / # or podman warns of what it cannot share
  exec setpriv --reuid "$id" --regid "$id" --clear-groups --inh-caps=-all --bounding-set=+all "$@"
}

# Lay a writable layer over the folder $2 that is kept below $1: open to everybody, and nothing of it gets to the disk.
rootless_open() {
  local layer
  layer=$(mktemp -d "$1/XXXXXX")
  mkdir "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=$2,upperdir=$layer/upper,workdir=$layer/work" overlay "$2"
}

rootless_down() {
  [ -d "$STATE/rootless" ] || return 0
  rm -rf "$STATE/rootless" "$RUN/rootless"
}
