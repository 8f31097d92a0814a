#!/bin/sh
set -e
sh scripts/compile.sh
bash ./scripts/package.sh app
