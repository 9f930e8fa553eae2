// Package cli picks the subcommand.
package cli

import (
	"fmt"
	"os"

	"kubectl-seldon.test/control-plane/internal/backend"
	"kubectl-seldon.test/control-plane/internal/operator"
	"kubectl-seldon.test/control-plane/internal/serve"
)

// Main runs the subcommand named by the first argument and returns the exit
// code.
func Main(program string, arguments []string, servers backend.Backend) int {
	if len(arguments) > 0 {
		switch arguments[0] {
		case "serve":
			return serve.Main(arguments[1:], servers)
		case "operator":
			return operator.Main(arguments[1:])
		}
	}
	fmt.Fprintf(os.Stderr, "usage: %s serve|operator [flags]; each explains itself with -h\n", program)
	return 1
}
