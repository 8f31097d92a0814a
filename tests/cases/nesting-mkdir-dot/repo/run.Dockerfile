FROM alpine
WORKDIR /srv
COPY build/app .
