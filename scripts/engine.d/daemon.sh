# shellcheck shell=bash
# The private engines: "modern" (Docker 26 with BuildKit) and "legacy" (Docker 20.10, whose default builder is the
# classic one). Each has a data root, a socket, a process id file and a network namespace of its own.

daemon_unpack() {
  tools_folder >/dev/null
  case $1 in
    modern) unpack_packages trixie "$CACHE/modern" docker.io docker-cli docker-buildx containerd ;;
    legacy) unpack_packages bookworm "$CACHE/legacy" docker.io containerd ;;
  esac
}

# docker, talking to the private engine $1.
daemon_docker() {
  local name=$1
  shift
  env -u DOCKER_CONTEXT -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH DOCKER_HOST="unix://$RUN/$name/docker.sock" \
    DOCKER_CONFIG="$STATE/$name/config" "$CACHE/$name/usr/bin/docker" "$@" 8>&- 9>&-
}

daemon_answers() {
  [ -S "$RUN/$1/docker.sock" ] && timeout 30 env DOCKER_HOST="unix://$RUN/$1/docker.sock" \
    "$CACHE/$1/usr/bin/docker" version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# The id in a process id file, if that process is still ours: its command line names our folder.
own_process() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$2" && echo "$pid"
}

# Ends the process that a process id file names, if it is ours, and waits until it is gone.
end_own_process() {
  local pid i
  pid=$(own_process "$1" "$2") || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  for ((i = 0; i < 300; i++)); do
    own_process "$1" "$2" >/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

daemon_start() {
  local name=$1 run=$RUN/$1 data=$STATE/$1
  ! daemon_answers "$name" || return 0
  [ "$(id -u)" = 0 ] || die "no Docker engine answers, and a private one needs root: start Docker, or run this as root"
  with_cache daemon_unpack "$name"
  daemon_stop "$name"
  mkdir -p "$run" "$data/data" "$data/bin" "$data/config/cli-plugins"
  chmod 0700 "$run"
  # Empty on purpose: the machine's /etc/docker/daemon.json is for the machine's own engine.
  echo '{}' >"$run/daemon.json"
  ln -sfn "$CACHE/$name/usr/bin/docker" "$data/bin/docker"
  [ "$name" != modern ] || ln -sfn "$CACHE/modern/usr/libexec/docker/cli-plugins/docker-buildx" "$data/config/cli-plugins/docker-buildx"
  say "starting the private $name engine"
  daemon_launch "$name"
  daemon_wait "$name"
}

# dockerd in network and mount namespaces of its own: two engines do not meet over docker0, and mounts go with it.
daemon_launch() {
  local name=$1 run=$RUN/$1 tools=$CACHE/tools libraries
  libraries=$(echo "$tools"/usr/lib/*-linux-gnu "$tools"/lib/*-linux-gnu | tr ' ' ':')
  # The variables are for the inner shell.
  # shellcheck disable=SC2016
  env PATH="$CACHE/$name/usr/bin:$CACHE/$name/usr/sbin:$tools/usr/sbin:$tools/usr/bin:$tools/bin:$PATH" LD_LIBRARY_PATH="$libraries" \
    setsid unshare --net --mount --propagation slave sh -c 'busybox ip link set lo up; exec "$@"' sh \
    "$CACHE/$name/usr/sbin/dockerd" --config-file "$run/daemon.json" --data-root "$STATE/$name/data" \
    --exec-root "$run/exec" --pidfile "$run/docker.pid" -H "unix://$run/docker.sock" \
    --iptables=false --ip6tables=false --log-level warn 8>&- 9>&- </dev/null >"$STATE/$name/dockerd.log" 2>&1 &
  echo $! >"$run/launched.pid"
}

daemon_wait() {
  local name=$1 i
  for ((i = 0; i < 600; i++)); do
    ! daemon_answers "$name" || return 0
    [ "$i" -lt 20 ] || own_process "$RUN/$name/launched.pid" "$RUN/$name" >/dev/null || break
    sleep 0.2
  done
  tail -n 15 "$STATE/$name/dockerd.log" >&2
  daemon_stop "$name"
  die "the private $name engine did not come up; its last lines are above, all of them in $STATE/$name/dockerd.log"
}

# Ends the engine and the containerd that it started. Both are found by their own process id files only.
daemon_stop() {
  local run=$RUN/$1
  [ -d "$run" ] || return 0
  end_own_process "$run/launched.pid" "$run"
  end_own_process "$run/docker.pid" "$run"
  end_own_process "$run/exec/containerd/containerd.pid" "$run"
  rm -rf "$run"
}

# Shell exports that point docker at the private engine $1, on stdout.
daemon_env() {
  local name=$1 other=legacy
  echo "unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH BUILDX_BUILDER"
  printf 'export DOCKER_HOST=%q\n' "unix://$RUN/$name/docker.sock"
  printf 'export DOCKER_CONFIG=%q\n' "$STATE/$name/config"
  printf 'export DOCKER_BUILDKIT=%q\n' "$([ "$name" = modern ] && echo 1 || echo 0)"
  printf 'export PATH=%q:"$PATH"\n' "$STATE/$name/bin"
  # The other engine, for tests that hold for both builders.
  if [ "$name" = modern ] && daemon_answers $other; then
    printf 'export MIGRATOR_CLASSIC_DOCKER_HOST=%q\n' "unix://$RUN/$other/docker.sock"
    printf 'export MIGRATOR_CLASSIC_DOCKER_CONFIG=%q\n' "$STATE/$other/config"
    printf 'export MIGRATOR_CLASSIC_DOCKER_BIN=%q\n' "$STATE/$other/bin"
  fi
}
