// operator is control-plane without the servers: it builds in seconds, and its
// only subcommand is the stand-in for the operator.
package main

import (
	"os"

	"kubectl-seldon.test/control-plane/internal/operator"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "operator" {
		os.Stderr.WriteString("usage: operator operator [flags]\n")
		os.Exit(1)
	}
	os.Exit(operator.Main(os.Args[2:]))
}
