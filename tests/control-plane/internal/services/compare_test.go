package services

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	namespace = "fin"
	central   = "seldon-scheduler.seldon-system.svc.cluster.local"
)

// The two states of an override: none at all, and one that says what type.
var (
	noOverride = Overrides{}
	override   = func(kind corev1.ServiceType) Overrides { return Overrides{Scheduler: kind} }
)

// TestCompare is the table of which Services survive the operator. Each found
// Service looks as the API server returns it, defaults included.
func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name      string
		found     *corev1.Service
		config    Config
		overrides Overrides
		// patch is "" where the Service survives, otherwise a part of the patch.
		patch string
	}{
		{
			name:  "short alias with numeric targets, override without type",
			found: shortAlias(), overrides: override(""),
			patch: `"selector":`,
		},
		{
			name:  "short alias with numeric targets, no override",
			found: shortAlias(), overrides: noOverride,
			patch: `"type":"LoadBalancer"`,
		},
		{
			name:  "alias without ports and selector",
			found: bareAlias(), overrides: override(""),
			patch: `"ports":`,
		},
		{
			name:  "mirrored alias, override without type",
			found: alias(""), overrides: override(""),
		},
		{
			name:  "mirrored alias, override to ExternalName",
			found: alias(""), overrides: override(corev1.ServiceTypeExternalName),
		},
		{
			name:  "mirrored alias, override to ClusterIP",
			found: alias(""), overrides: override(corev1.ServiceTypeClusterIP),
			patch: `{"spec":{"type":"ClusterIP"}}`,
		},
		{
			name:  "mirrored alias, override to LoadBalancer",
			found: alias(""), overrides: override(corev1.ServiceTypeLoadBalancer),
			patch: `{"spec":{"type":"LoadBalancer"}}`,
		},
		{
			name:  "mirrored alias, no override",
			found: alias(""), overrides: noOverride,
			patch: `{"spec":{"type":"LoadBalancer"}}`,
		},
		{
			name:  "mirrored alias, no override, type from the configuration",
			found: alias(""), overrides: noOverride,
			config: Config{ServiceType: corev1.ServiceTypeClusterIP},
			patch:  `{"spec":{"type":"ClusterIP"}}`,
		},
		{
			name:  "mirrored alias whose names lack the prefix",
			found: alias(""), overrides: override(""),
			config: Config{GRPCServicePrefix: "grpc-"},
			patch:  `"name":"grpc-xds"`,
		},
		{
			name:  "mirrored alias with the prefix",
			found: alias("grpc-"), overrides: override(""),
			config: Config{GRPCServicePrefix: "grpc-"},
		},
		{
			name:      "mirrored alias without selector",
			found:     alias("", func(s *corev1.Service) { s.Spec.Selector = nil }),
			overrides: override(""),
			patch:     `{"spec":{"selector":{"app.kubernetes.io/name":"seldon-scheduler"}}}`,
		},
		{
			name:      "mirrored alias with reversed ports",
			found:     alias("", func(s *corev1.Service) { slices.Reverse(s.Spec.Ports) }),
			overrides: override(""),
			patch:     `"$setElementOrder/ports"`,
		},
		{
			name: "mirrored alias with one more port at the end",
			found: alias("", func(s *corev1.Service) {
				s.Spec.Ports = append(s.Spec.Ports, port("extra", 9999, "extra"))
			}),
			overrides: override(""),
		},
		{
			name: "mirrored alias with one more port in between",
			found: alias("", func(s *corev1.Service) {
				s.Spec.Ports = slices.Insert(s.Spec.Ports, 3, port("extra", 9999, "extra"))
			}),
			overrides: override(""),
		},
		{
			name:      "mirrored alias with one more selector key",
			found:     alias("", func(s *corev1.Service) { s.Spec.Selector["extra"] = "yes" }),
			overrides: override(""),
		},
		{
			name:  "operator's own, noted without type, patched to an alias",
			found: patchedToAlias(owned(t, "")), overrides: override(""),
		},
		{
			name:      "operator's own, noted as LoadBalancer, patched to an alias, override without type",
			found:     patchedToAlias(owned(t, corev1.ServiceTypeLoadBalancer)),
			overrides: override(""),
			patch:     `{"spec":{"type":null}}`,
		},
		{
			name:      "operator's own, noted as LoadBalancer, patched to an alias, override to LoadBalancer",
			found:     patchedToAlias(owned(t, corev1.ServiceTypeLoadBalancer)),
			overrides: override(corev1.ServiceTypeLoadBalancer),
			patch:     `{"spec":{"type":"LoadBalancer"}}`,
		},
		{
			name:      "operator's own with the short alias applied over it",
			found:     shortAliasOver(owned(t, "")),
			overrides: override(""),
			patch:     `"targetPort":"xds"`,
		},
		{
			name:  "headless and mirrored, override without type",
			found: headless(), overrides: override(""),
		},
		{
			name:  "headless and mirrored, override to ClusterIP",
			found: headless(), overrides: override(corev1.ServiceTypeClusterIP),
		},
		{
			// The API server refuses this one: a balancer cannot be headless.
			name:  "headless and mirrored, override to LoadBalancer",
			found: headless(), overrides: override(corev1.ServiceTypeLoadBalancer),
			patch: `{"spec":{"type":"LoadBalancer"}}`,
		},
		{
			// The API server refuses this one too, unless it is dual-stack: it
			// made the Service RequireDualStack for want of a selector.
			name: "headless without selector",
			found: headless(func(s *corev1.Service) {
				policy := corev1.IPFamilyPolicyRequireDualStack
				s.Spec.IPFamilyPolicy = &policy
				s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
				s.Spec.Selector = nil
			}),
			overrides: override(""),
			patch:     `{"spec":{"selector":{"app.kubernetes.io/name":"seldon-scheduler"}}}`,
		},
		{
			name: "ClusterIP without selector",
			found: clusterIP("10.96.0.7", func(s *corev1.Service) {
				s.Spec.Selector = nil
			}),
			overrides: override(""),
			patch:     `{"spec":{"selector":{"app.kubernetes.io/name":"seldon-scheduler"}}}`,
		},
		{
			name:  "operator's own, untouched",
			found: owned(t, ""), overrides: override(""),
		},
		{
			name:  "operator's own balancer, untouched",
			found: owned(t, corev1.ServiceTypeLoadBalancer), overrides: noOverride,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			desired := Desired(namespace, test.config, test.overrides)[0]
			if err := Annotate(desired); err != nil {
				t.Fatal(err)
			}
			patch, err := Compare(test.found, desired)
			if err != nil {
				t.Fatal(err)
			}
			if (patch == "") != (test.patch == "") || !strings.Contains(patch, test.patch) {
				t.Errorf("patch is %q, want %q", patch, test.patch)
			}
		})
	}
}

type edit = func(*corev1.Service)

func edited(service *corev1.Service, edits []edit) *corev1.Service {
	for _, e := range edits {
		e(service)
	}
	return service
}

// mirrored has the ports and the selector of the Service the operator wants.
func mirrored(prefix string) *corev1.Service {
	service := Desired(namespace, Config{GRPCServicePrefix: prefix}, noOverride)[0]
	service.Labels = nil
	service.Spec.Type = ""
	service.Spec.SessionAffinity = corev1.ServiceAffinityNone
	return service
}

func alias(prefix string, edits ...edit) *corev1.Service {
	service := mirrored(prefix)
	service.Spec.Type = corev1.ServiceTypeExternalName
	service.Spec.ExternalName = central
	return edited(service, edits)
}

func bareAlias() *corev1.Service {
	return alias("", func(s *corev1.Service) { s.Spec.Ports, s.Spec.Selector = nil, nil })
}

// shortAlias is the alias people write first: the three ports they know, by number.
func shortAlias() *corev1.Service {
	service := bareAlias()
	service.Spec.Ports = shortPorts()
	return service
}

func shortPorts() []corev1.ServicePort {
	var ports []corev1.ServicePort
	for _, p := range []corev1.ServicePort{port("xds", 9002, ""), port("scheduler", 9004, ""), port("agent", 9005, "")} {
		p.TargetPort = intstr.FromInt32(p.Port)
		ports = append(ports, p)
	}
	return ports
}

func clusterIP(address string, edits ...edit) *corev1.Service {
	service := mirrored("")
	service.Spec.Type = corev1.ServiceTypeClusterIP
	withAddress(service, address)
	return edited(service, edits)
}

func headless(edits ...edit) *corev1.Service {
	return clusterIP(corev1.ClusterIPNone, edits...)
}

func withAddress(service *corev1.Service, address string) {
	policy, traffic := corev1.IPFamilyPolicySingleStack, corev1.ServiceInternalTrafficPolicyCluster
	service.Spec.ClusterIP = address
	service.Spec.ClusterIPs = []string{address}
	service.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	service.Spec.IPFamilyPolicy = &policy
	service.Spec.InternalTrafficPolicy = &traffic
}

// owned is the Service as the operator left it, with its note of the type.
func owned(t *testing.T, kind corev1.ServiceType) *corev1.Service {
	t.Helper()
	service := Desired(namespace, Config{}, override(kind))[0]
	service.OwnerReferences = []metav1.OwnerReference{{Kind: "SeldonRuntime", Name: "rt"}}
	if err := Annotate(service); err != nil {
		t.Fatal(err)
	}
	withAddress(service, "10.96.0.7")
	service.Spec.SessionAffinity = corev1.ServiceAffinityNone
	switch kind {
	case "":
		service.Spec.Type = corev1.ServiceTypeClusterIP
	case corev1.ServiceTypeLoadBalancer:
		yes := true
		service.Spec.AllocateLoadBalancerNodePorts = &yes
		service.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
		for i := range service.Spec.Ports {
			service.Spec.Ports[i].NodePort = int32(30000 + i)
		}
	}
	return service
}

// patchedToAlias sets type and externalName; the API server then drops what
// belongs to an address.
func patchedToAlias(service *corev1.Service) *corev1.Service {
	service.Spec = corev1.ServiceSpec{
		Type:            corev1.ServiceTypeExternalName,
		ExternalName:    central,
		Ports:           service.Spec.Ports,
		Selector:        service.Spec.Selector,
		SessionAffinity: service.Spec.SessionAffinity,
	}
	for i := range service.Spec.Ports {
		service.Spec.Ports[i].NodePort = 0
	}
	return service
}

// shortAliasOver is patchedToAlias with the short alias' ports: an apply puts
// them over those of the same number and leaves the others.
func shortAliasOver(service *corev1.Service) *corev1.Service {
	service = patchedToAlias(service)
	for _, p := range shortPorts() {
		i := slices.IndexFunc(service.Spec.Ports, func(have corev1.ServicePort) bool { return have.Port == p.Port })
		service.Spec.Ports[i] = p
	}
	return service
}
