// Package backend says what a control plane is made of. It stays free of
// Kubernetes' server packages, so that what is around them is tested without.
package backend

import (
	"net"
	"time"
)

// Part is one running server.
type Part struct {
	Name string
	// Ended yields the reason once, when the server has stopped by itself or
	// by Stop; nil stands for an orderly end.
	Ended <-chan error
	// Stop ends the server, by force when the grace has passed.
	Stop func(grace time.Duration)
}

// Backend starts the two servers.
type Backend interface {
	// StartEtcd serves an empty store from dataDir and returns its client URL.
	StartEtcd(dataDir string) (endpoint string, part *Part, err error)
	// StartAPIServer runs kube-apiserver with the command line args on the
	// port of the listener, which it takes over.
	StartAPIServer(listener net.Listener, args []string) (*Part, error)
}

// Etcd's clock. A lone member has nobody to wait for, so the time before it
// elects itself, which comes on top of every start, can be short.
const (
	EtcdTickMs     = 10
	EtcdElectionMs = 100
)
