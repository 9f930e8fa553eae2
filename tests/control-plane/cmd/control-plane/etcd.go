package main

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"kubectl-seldon.test/control-plane/internal/backend"
)

// StartEtcd implements backend.Backend with an etcd of one member.
func (embedded) StartEtcd(dataDir string) (string, *backend.Part, error) {
	anyPort := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config := embed.NewConfig()
	config.Dir = dataDir
	config.UnsafeNoFsync = true // the data never has to survive anything
	config.TickMs = backend.EtcdTickMs
	config.ElectionMs = backend.EtcdElectionMs
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration // zero would log every request
	config.EnableGRPCGateway = false                                              // would dial the advertised port 0
	config.LogLevel = "warn"
	config.LogOutputs = []string{"stderr"} // the log by now
	config.ListenClientUrls = []url.URL{anyPort}
	config.AdvertiseClientUrls = []url.URL{anyPort}
	config.ListenPeerUrls = []url.URL{anyPort}
	config.AdvertisePeerUrls = []url.URL{anyPort}
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	server, err := embed.StartEtcd(config)
	if err != nil {
		return "", nil, err
	}
	select {
	case <-server.Server.ReadyNotify():
	case err := <-server.Err():
		return "", nil, err
	case <-time.After(30 * time.Second):
		server.Close()
		return "", nil, errors.New("no leader after 30 s")
	}

	ended := make(chan error, 1)
	go func() {
		select {
		case err := <-server.Err():
			ended <- err
		case <-server.Server.StopNotify():
			ended <- nil
		}
	}()
	stop := func(grace time.Duration) {
		closed := make(chan struct{})
		go func() {
			server.Close()
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(grace):
		}
	}
	endpoint := fmt.Sprintf("http://%s", server.Clients[0].Addr())
	return endpoint, &backend.Part{Name: "etcd", Ended: ended, Stop: stop}, nil
}
