#!/bin/bash
# Sourced by every bash of a script under search (BASH_ENV): `docker` is a function that asks fuzz_stand.py over a socket,
# which costs no process. As a program of that name this file does the same, for what starts programs (xargs, env, sudo).
docker() {
  local - IFS=' ' QUICK_ANSWER QUICK_FD
  set +eux
  exec {QUICK_FD}<>"/dev/tcp/127.0.0.1/$QUICK_PORT" || return 125
  printf '%s\0' "$QUICK_RUN" "$#" "$PWD" "$@" >&"$QUICK_FD"
  while IFS= read -r -d '' QUICK_ANSWER <&"$QUICK_FD"; do
    case $QUICK_ANSWER in
      stdin*) cat >"${QUICK_ANSWER#stdin }"; printf 'ready\0' >&"$QUICK_FD" ;;
      out*) printf '%s' "${QUICK_ANSWER#out }" ;;
      err*) printf '%s\n' "${QUICK_ANSWER#err }" >&2 ;;
      file*) cat "${QUICK_ANSWER#file }" ;;
      status*) break ;;
    esac
  done
  exec {QUICK_FD}>&-
  return "${QUICK_ANSWER#status }"
}
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  docker "$@"
else
  # shellcheck source=tests/fuzz/noted_failures.bash
  . "${BASH_SOURCE[0]%/*}/noted_failures.bash"
fi
