FROM alpine
WORKDIR /src
COPY index.src .
RUN mkdir -m 0700 dist && cp index.src dist/index.html && mkdir dist/js && echo js > dist/js/a.js
