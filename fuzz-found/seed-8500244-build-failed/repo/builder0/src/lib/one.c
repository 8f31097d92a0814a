other src/lib/one.c
