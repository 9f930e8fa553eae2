package backend

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Children runs the binaries of a directory, as envtest's KUBEBUILDER_ASSETS
// names one. Their output goes to Log.
type Children struct {
	Dir string
	Log *os.File
}

// StartEtcd implements Backend.
func (c Children) StartEtcd(dataDir string) (string, *Part, error) {
	client, err := freeURL()
	if err != nil {
		return "", nil, err
	}
	peer, err := freeURL()
	if err != nil {
		return "", nil, err
	}
	part, err := c.start("etcd",
		"--name=default",
		"--data-dir="+dataDir,
		"--unsafe-no-fsync",
		"--log-level=warn",
		"--listen-client-urls="+client,
		"--advertise-client-urls="+client,
		"--listen-peer-urls="+peer,
		"--initial-advertise-peer-urls="+peer,
		"--initial-cluster=default="+peer,
		"--heartbeat-interval="+strconv.Itoa(EtcdTickMs),
		"--election-timeout="+strconv.Itoa(EtcdElectionMs),
	)
	return client, part, err
}

// StartAPIServer implements Backend. A listener cannot be handed to a foreign
// binary, so it only reserved the port until now.
func (c Children) StartAPIServer(listener net.Listener, args []string) (*Part, error) {
	if err := listener.Close(); err != nil {
		return nil, err
	}
	return c.start("kube-apiserver", args...)
}

func (c Children) start(name string, args ...string) (*Part, error) {
	cmd := exec.Command(filepath.Join(c.Dir, name), args...)
	cmd.Stdout, cmd.Stderr = c.Log, c.Log
	cmd.SysProcAttr = diesWithParent()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- cmd.Wait()
		close(gone)
	}()
	stop := func(grace time.Duration) {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(grace):
			_ = cmd.Process.Kill()
			<-gone
		}
	}
	return &Part{Name: name, Ended: ended, Stop: stop}, nil
}

// freeURL names a loopback port that was free a moment ago.
func freeURL() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return "http://" + listener.Addr().String(), nil
}
