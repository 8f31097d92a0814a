#!/bin/sh
exec /srv/api
