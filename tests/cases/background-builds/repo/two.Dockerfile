FROM alpine
RUN echo 2 > /two
