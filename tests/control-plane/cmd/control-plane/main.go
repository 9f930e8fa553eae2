// control-plane is a Kubernetes API server for tests, and next to it a
// stand-in for the part of Seldon's operator that fights over Services.
package main

import (
	"os"

	"kubectl-seldon.test/control-plane/internal/cli"
)

func main() {
	os.Exit(cli.Main("control-plane", os.Args[1:], embedded{}))
}
