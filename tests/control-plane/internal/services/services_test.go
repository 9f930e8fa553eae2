package services

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestDesiredPorts(t *testing.T) {
	want := map[string]string{
		Scheduler: "g-xds 9002 xds, g-scheduler 9004 scheduler, g-scheduler-mtls 9044 scheduler-mtls, " +
			"g-agent 9005 agent, g-agent-mtls 9055 agent-mtls, g-dataflow 9008 dataflow",
		Mesh: "g-data 80 http, stats 9003 envoy-stats",
	}
	for _, service := range Desired(namespace, Config{GRPCServicePrefix: "g-"}, noOverride) {
		var ports []string
		for _, p := range service.Spec.Ports {
			ports = append(ports, fmt.Sprintf("%s %d %s", p.Name, p.Port, p.TargetPort.StrVal))
		}
		if got := strings.Join(ports, ", "); got != want[service.Name] {
			t.Errorf("%s has %s", service.Name, got)
		}
	}
}

func TestDesiredType(t *testing.T) {
	cluster := corev1.ServiceTypeClusterIP
	for _, test := range []struct {
		name            string
		config          Config
		overrides       Overrides
		scheduler, mesh corev1.ServiceType
	}{
		{"nothing given", Config{}, noOverride, "LoadBalancer", "LoadBalancer"},
		{"configuration", Config{ServiceType: cluster}, noOverride, cluster, cluster},
		{"override", Config{ServiceType: "NodePort"}, Overrides{Scheduler: cluster}, cluster, "NodePort"},
		{"override without type", Config{ServiceType: "NodePort"}, Overrides{Envoy: ""}, "NodePort", ""},
		{"override of the Service's name", Config{}, Overrides{Mesh: ""}, "LoadBalancer", "LoadBalancer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Desired(namespace, test.config, test.overrides)
			if len(got) != 2 || got[0].Spec.Type != test.scheduler || got[1].Spec.Type != test.mesh {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestConfigOrElse(t *testing.T) {
	shared := Config{GRPCServicePrefix: "shared-", ServiceType: "NodePort"}
	if got := (Config{}).OrElse(shared); got != shared {
		t.Errorf("got %v", got)
	}
	own := Config{GRPCServicePrefix: "own-", ServiceType: "ClusterIP"}
	if got := own.OrElse(shared); got != own {
		t.Errorf("got %v", got)
	}
}
