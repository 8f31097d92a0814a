FROM alpine
WORKDIR /src
COPY lib lib
RUN mkdir out && cp lib/* out/
