// assets is control-plane without the embedded servers: it needs a directory
// with etcd and kube-apiserver, and in return builds in seconds.
package main

import (
	"os"

	"kubectl-seldon.test/control-plane/internal/cli"
)

func main() {
	os.Exit(cli.Main("assets", os.Args[1:], nil))
}
