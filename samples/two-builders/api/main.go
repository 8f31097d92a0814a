package main

import (
	"fmt"
	"os"
)

func main() {
	page, err := os.ReadFile("/srv/page.txt")
	if err != nil {
		panic(err)
	}
	fmt.Print(string(page))
}
