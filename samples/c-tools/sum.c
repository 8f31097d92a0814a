#include <stdio.h>

/* Prints the sum of the numbers on standard input. */
int main(void) {
    double total = 0, number;
    while (scanf("%lf", &number) == 1) total += number;
    printf("%g\n", total);
    return 0;
}
