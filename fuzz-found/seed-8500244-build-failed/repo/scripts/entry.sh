#!/bin/sh
exec /app/app
