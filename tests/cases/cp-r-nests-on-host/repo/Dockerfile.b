FROM alpine
RUN mkdir -p /o/dist/s && echo 1 > /o/dist/one && echo 2 > /o/dist/s/two
