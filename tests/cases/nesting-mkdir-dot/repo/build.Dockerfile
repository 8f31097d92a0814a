FROM alpine
WORKDIR /src
RUN mkdir -p dist conf && echo 1 > dist/a && echo 2 > conf/b && chmod 700 conf
