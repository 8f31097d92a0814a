#include <stdio.h>
#include "greeting.h"

int main(void) { return printf(GREETING, "server") < 0; }
