#!/bin/sh
go build -o /app/bin/server
