#!/bin/sh
wc -l < /work/list > /work/result
