1s|.*|<!doctype html><title>&</title><h1>&</h1>|
2,$s|^.\{1,\}$|<p>&</p>|
