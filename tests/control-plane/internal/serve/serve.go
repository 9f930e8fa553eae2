// Package serve is the life of one control plane: it starts an etcd and an API
// server, says so when they can be used, and ends them when the process that
// asked for them is done or gone.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"kubectl-seldon.test/control-plane/internal/backend"
	"kubectl-seldon.test/control-plane/internal/kubeconfig"
	"kubectl-seldon.test/control-plane/internal/pki"
)

// How long the servers may take over an orderly end; what they hold is thrown
// away, so nothing is lost when they take longer.
const (
	apiServerGrace = 1500 * time.Millisecond
	etcdGrace      = 200 * time.Millisecond
)

type options struct {
	dir          string
	etcdPrefix   string
	etcdEndpoint string
	timeout      time.Duration
}

// announcement is the one line on stdout.
type announcement struct {
	Kubeconfig string `json:"kubeconfig"`
	Etcd       string `json:"etcd"`
	Server     string `json:"server"`
	Version    string `json:"version"`
	PID        int    `json:"pid"`
}

// Main runs `serve` and returns the exit code.
func Main(arguments []string, servers backend.Backend) int {
	var o options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&o.dir, "dir", "", "directory for kubeconfig, keys, log and data (required)")
	flags.StringVar(&o.etcdPrefix, "etcd-prefix", "/registry", "where in etcd this control plane keeps its objects")
	flags.StringVar(&o.etcdEndpoint, "etcd-endpoint", "", "`URL` of a running instance's etcd, to use instead of an own one")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "how long the start may take")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 1
	}
	switch {
	case flags.NArg() > 0:
		return refuse("unexpected argument %q", flags.Arg(0))
	case o.dir == "":
		return refuse("--dir is required")
	}

	dir, err := filepath.Abs(o.dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return refuse("%v", err)
	}
	o.dir = dir
	out, err := redirect(filepath.Join(dir, "log"))
	if err != nil {
		return refuse("open the log: %v", err)
	}

	ctx, cancel := context.WithCancelCause(context.Background())
	go watchCaller(cancel)
	if err := run(ctx, cancel, o, servers, out); err != nil && !errors.Is(err, errStopped) {
		fmt.Fprintf(out.stderr, "serve: %v\n", err)
		if tail := out.tail(20, 300); tail != "" {
			fmt.Fprintf(out.stderr, "serve: the end of %s:\n%s\n", out.log.Name(), tail)
		}
		return 1
	}
	return 0
}

func refuse(format string, values ...any) int {
	fmt.Fprintf(os.Stderr, "serve: "+format+"\n", values...)
	return 1
}

var errStopped = errors.New("stopped by the caller")

// watchCaller ends the run on a signal, or when nobody holds the other end of
// stdin any more: the sure sign that the test process is gone, however it died.
func watchCaller(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case <-signals:
	case <-closed:
	}
	cancel(errStopped)
}

// run starts everything, announces it and waits for the end of ctx.
func run(ctx context.Context, cancel context.CancelCauseFunc, o options, servers backend.Backend, out *output) error {
	secrets := filepath.Join(o.dir, "pki")
	if err := os.MkdirAll(secrets, 0o700); err != nil {
		return err
	}
	keys, err := pki.Write(secrets)
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	users := kubeconfig.NewUsers()
	tokens := filepath.Join(secrets, "tokens.csv")
	if err := kubeconfig.WriteTokens(tokens, users); err != nil {
		return err
	}

	policy := filepath.Join(o.dir, "audit-policy.yaml")
	if err := writeAuditPolicy(policy); err != nil {
		return err
	}

	endpoint := o.etcdEndpoint
	if endpoint == "" {
		data, err := os.MkdirTemp(o.dir, "etcd-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(data)
		var etcd *backend.Part
		if endpoint, etcd, err = servers.StartEtcd(data); err != nil {
			return fmt.Errorf("etcd: %w", err)
		}
		defer etcd.Stop(etcdGrace)
		go failWith(cancel, etcd)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := "https://" + listener.Addr().String()
	command := apiServer{
		port:       listener.Addr().(*net.TCPAddr).Port,
		etcd:       endpoint,
		etcdPrefix: o.etcdPrefix,
		certDir:    secrets,
		tokens:     tokens,
		policy:     policy,
		audit:      filepath.Join(o.dir, "audit.log"), // beside the kubeconfig, where the tests look
		keys:       keys,
	}
	api, err := servers.StartAPIServer(listener, command.args())
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	defer api.Stop(apiServerGrace)
	go failWith(cancel, api)

	file := filepath.Join(o.dir, "kubeconfig")
	if err := kubeconfig.Write(file, server, keys.CA, users); err != nil {
		return err
	}
	startup, done := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not ready within %s", o.timeout))
	defer done()
	version, err := newProbe(server, keys.CA, users[0].Token).wait(startup)
	if err != nil {
		return err
	}
	line := announcement{Kubeconfig: file, Etcd: endpoint, Server: server, Version: version, PID: os.Getpid()}
	if err := json.NewEncoder(out.stdout).Encode(line); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// failWith ends the whole when one part ends by itself; after an asked-for end
// the cause is set already and this one is dropped.
func failWith(cancel context.CancelCauseFunc, part *backend.Part) {
	err := <-part.Ended
	if err == nil {
		err = errors.New("no error given")
	}
	cancel(fmt.Errorf("%s ended unexpectedly: %w", part.Name, err))
}
