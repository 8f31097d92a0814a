#!/usr/bin/env bash
set -euo pipefail
BUILDER=b-builder
docker build -t $BUILDER -f Dockerfile.build .
docker run -d --name work $BUILDER tail -f /dev/null
put() { docker exec -i work sh -c "cat > $2" < "$1"; }
put conf/app.conf /etc/app/app.conf
put tool.sh /work/tool.sh
docker exec -i work tee /work/list < list.txt > /dev/null
docker exec work sh -c 'chmod +x tool.sh && ./tool.sh'
mkdir -p out
docker cp work:/work/result out/
docker cp work:/work/list out/
docker cp work:/work/tool.sh out/
docker cp work:/etc/app/app.conf out/
docker rm -f work
docker build -t app .
