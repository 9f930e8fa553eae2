// kubelet is the part of a kubelet from which an API server fetches the logs
// of containers, served from files.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"kubectl-seldon.test/kubelet/internal/logs"
)

func main() {
	dir := flag.String("dir", "", "directory with the logs (required)")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: kubelet --dir DIR")
		os.Exit(2)
	}
	// Its certificate is nobody's, like a real kubelet's own: an API server
	// without --kubelet-certificate-authority does not look at it.
	server := httptest.NewUnstartedServer(logs.Handler(*dir))
	server.EnableHTTP2 = true
	// A connection that a test cuts is no news.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	fmt.Println(server.Listener.Addr().String())
	// Whoever started it holds the other end, and is gone when this ends.
	_, _ = io.Copy(io.Discard, os.Stdin)
}
