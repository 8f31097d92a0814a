#!/bin/bash
set -e
[ -d dist ] || mkdir -p dist
