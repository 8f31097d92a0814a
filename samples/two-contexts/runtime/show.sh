#!/bin/sh
cat /data/count.txt /data/words.txt
