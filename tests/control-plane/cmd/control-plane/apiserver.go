package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	apiversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/compatibility"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	apioptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"

	"kubectl-seldon.test/control-plane/internal/backend"
)

// embedded runs both servers in this process.
type embedded struct{}

// StartAPIServer implements backend.Backend. It goes through the same options
// as kube-apiserver's main, but leaves signals and exits to the caller.
func (embedded) StartAPIServer(listener net.Listener, args []string) (*backend.Part, error) {
	options := apioptions.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, set := range options.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	// A lone server needs no lease to tell others that it lives.
	args = append(args, "--feature-gates=APIServerIdentity=false")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	options.SecureServing.Listener = listener
	if err := options.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})

	ctx, cancel := context.WithCancel(context.Background())
	ended, gone := make(chan error, 2), make(chan struct{})
	// Kubernetes ends the process where it sees no way out. Blocking that
	// goroutine instead leaves the caller the time to say why.
	klog.OsExit = func(int) {
		ended <- errors.New("fatal error")
		select {}
	}
	go func() {
		ended <- run(ctx, options)
		close(gone)
	}()
	stop := func(grace time.Duration) {
		cancel()
		select {
		case <-gone:
		case <-time.After(grace):
		}
	}
	return &backend.Part{Name: "kube-apiserver", Ended: ended, Stop: stop}, nil
}

func run(ctx context.Context, options *apioptions.ServerRunOptions) error {
	completed, err := options.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return utilerrors.NewAggregate(errs)
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return err
	}
	version, err := kubernetesVersion()
	if err != nil {
		return err
	}
	config.KubeAPIs.ControlPlane.Generic.EffectiveVersion = named{config.KubeAPIs.ControlPlane.Generic.EffectiveVersion, version}
	config.ApiExtensions.GenericConfig.EffectiveVersion = named{config.ApiExtensions.GenericConfig.EffectiveVersion, version}
	config.Aggregator.GenericConfig.EffectiveVersion = named{config.Aggregator.GenericConfig.EffectiveVersion, version}

	ready, err := config.Complete()
	if err != nil {
		return err
	}
	server, err := app.CreateServerChain(ready)
	if err != nil {
		return err
	}
	prepared, err := server.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

// named gives /version the name of the release. Kubernetes' own build writes
// it into the binary with linker flags; without them it reads v0.0.0-master.
type named struct {
	compatibility.EffectiveVersion
	version string
}

func (n named) Info() *apiversion.Info {
	info := n.EffectiveVersion.Info()
	info.GitVersion = n.version
	return info
}

// kubernetesVersion reads go.mod's pin back from the binary.
func kubernetesVersion() (string, error) {
	const module = "k8s.io/kubernetes"
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("the binary has no build information")
	}
	for _, dependency := range build.Deps {
		if dependency.Path == module {
			return dependency.Version, nil
		}
	}
	return "", fmt.Errorf("no %s among the binary's dependencies", module)
}
