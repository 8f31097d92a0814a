#include <stdio.h>

int main(void) { return puts("unpacked from a stream") < 0; }
