other src/main.c
