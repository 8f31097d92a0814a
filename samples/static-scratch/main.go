package main

import "fmt"

// Set by the linker.
var version = "unknown"

func main() {
	fmt.Println("static-scratch", version)
}
