#!/bin/bash
DOCKER="sudo docker"
run() {
  echo "+ $*"
  "$@" || { echo failed >&2; exit 1; }
}
build() {
  local name=$1; shift
  time $DOCKER build -t "$name" "$@"
}
build tool:dev -f dev.dockerfile .
run $DOCKER create --name tool-dev tool:dev
run $DOCKER cp tool-dev:/tool .
run $DOCKER rm tool-dev
build app .
