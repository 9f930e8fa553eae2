// Package services is the arithmetic of the operator's Service reconcile:
// which Services it wants, and what it does about those it finds. Nothing here
// talks to a cluster.
package services

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Names the operator has for its components and for the Service that does not
// bear its component's name.
const (
	Scheduler = "seldon-scheduler"
	Envoy     = "seldon-envoy"
	Mesh      = "seldon-mesh"
)

const nameLabel = "app.kubernetes.io/name"

// Config is the part of the effective configuration that reaches a Service.
type Config struct {
	GRPCServicePrefix string
	ServiceType       corev1.ServiceType
}

// OrElse fills what is empty from the SeldonConfig's values.
func (c Config) OrElse(fallback Config) Config {
	if c.GRPCServicePrefix == "" {
		c.GRPCServicePrefix = fallback.GRPCServicePrefix
	}
	if c.ServiceType == "" {
		c.ServiceType = fallback.ServiceType
	}
	return c
}

// Overrides maps a component to its override's serviceType. The presence of
// an entry counts, even with an empty type; `disable` and `replicas`, which
// one would expect here, do not reach the Services at all.
type Overrides map[string]corev1.ServiceType

// Desired returns the Services the operator wants in a namespace, in the
// order it handles them.
func Desired(namespace string, config Config, overrides Overrides) []*corev1.Service {
	prefix := config.GRPCServicePrefix
	var scheduler []corev1.ServicePort
	for _, p := range []struct {
		name string
		port int32
	}{
		{"xds", 9002},
		{"scheduler", 9004},
		{"scheduler-mtls", 9044},
		{"agent", 9005},
		{"agent-mtls", 9055},
		{"dataflow", 9008},
	} {
		scheduler = append(scheduler, port(prefix+p.name, p.port, p.name))
	}
	mesh := []corev1.ServicePort{
		port(prefix+"data", 80, "http"),
		port("stats", 9003, "envoy-stats"),
	}
	return []*corev1.Service{
		service(namespace, Scheduler, Scheduler, config, overrides, scheduler),
		service(namespace, Mesh, Envoy, config, overrides, mesh),
	}
}

func service(namespace, name, component string, config Config, overrides Overrides, ports []corev1.ServicePort) *corev1.Service {
	kind := corev1.ServiceTypeLoadBalancer
	if config.ServiceType != "" {
		kind = config.ServiceType
	}
	if override, present := overrides[component]; present {
		kind = override
	}
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace,
			Name:      name,
			Labels:    map[string]string{nameLabel: component},
		},
		Spec: corev1.ServiceSpec{
			Type:     kind,
			Selector: map[string]string{nameLabel: component},
			Ports:    ports,
		},
	}
}

func port(name string, number int32, target string) corev1.ServicePort {
	return corev1.ServicePort{
		Name:       name,
		Port:       number,
		TargetPort: intstr.FromString(target),
		Protocol:   corev1.ProtocolTCP,
	}
}
