#!/bin/bash
args=()
args+=(--file Dockerfile.build -t work/builder . --force-rm)
docker build "${args[@]}"
IMG2=work/builder
docker create --name c2 ${IMG2} > /dev/null 2>&1
docker cp conf c2:/tmp
docker container cp c2:out/static static
OUT4=work/builder
docker run --rm $OUT4 tar cf - -C /out static | tar xf - -C static
mv static/static stuff
P6=b1
docker build --file Dockerfile.build1 -t $P6 .
id7="$(docker container create b1)"
docker cp ${id7}:/out/lib .
cp -R stuff conf/
docker build --tag=app . --file Dockerfile
