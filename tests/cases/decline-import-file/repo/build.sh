#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/r rootfs
tar c -C rootfs -f fs.tar .
docker import -c 'CMD ["/bin/sh"]' fs.tar app
