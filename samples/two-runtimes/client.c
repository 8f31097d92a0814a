#include <stdio.h>
#include "greeting.h"

int main(void) { return printf(GREETING, "client") < 0; }
