// network-peer answers, with the evaluator of Cyclonus, what NetworkPolicies
// let pass. It reads a JSON array of cases and writes a JSON array of verdicts.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// testCase is traffic between two ends, and the policies of the cluster.
type testCase struct {
	Policies []*networkingv1.NetworkPolicy `json:"policies"`
	From     end                           `json:"from"`
	To       end                           `json:"to"`
	Port     port                          `json:"port"`
}

// end is a pod, or an address outside when it has no namespace.
type end struct {
	Address         string            `json:"address"`
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
	Ports           map[string]port   `json:"ports"`
}

type port struct {
	Protocol corev1.Protocol `json:"protocol"`
	Number   int             `json:"number"`
}

// verdict is what the policies of either end say.
type verdict struct {
	Egress  bool `json:"egress"`
	Ingress bool `json:"ingress"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	var cases []testCase
	if err := decoder.Decode(&cases); err != nil {
		return err
	}
	verdicts := make([]verdict, 0, len(cases))
	for _, one := range cases {
		verdicts = append(verdicts, evaluate(one))
	}
	return json.NewEncoder(out).Encode(verdicts)
}

func evaluate(one testCase) verdict {
	for _, policy := range one.Policies {
		setDefaults(policy)
	}
	policies := matcher.BuildNetworkPolicies(false, one.Policies)
	var all verdict
	// Cyclonus knows one name of a port, and a pod may have several for it.
	for _, name := range one.To.names(one.Port) {
		allowed := policies.IsTrafficAllowed(&matcher.Traffic{
			Source:           one.From.peer(),
			Destination:      one.To.peer(),
			ResolvedPort:     one.Port.Number,
			ResolvedPortName: name,
			Protocol:         one.Port.Protocol,
		})
		all.Egress = all.Egress || allowed.Egress.IsAllowed()
		all.Ingress = all.Ingress || allowed.Ingress.IsAllowed()
	}
	return all
}

// setDefaults fills in policyTypes as the API server does; Cyclonus reads
// policies as it returns them.
func setDefaults(policy *networkingv1.NetworkPolicy) {
	spec := &policy.Spec
	if len(spec.PolicyTypes) > 0 {
		return
	}
	spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	if len(spec.Egress) > 0 {
		spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
	}
}

// names are the end's names for a port, or none, which is the empty one.
func (e end) names(wanted port) []string {
	var names []string
	for name, port := range e.Ports {
		if port == wanted {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

func (e end) peer() *matcher.TrafficPeer {
	peer := &matcher.TrafficPeer{IP: e.Address}
	if e.Namespace != "" {
		peer.Internal = &matcher.InternalPeer{
			PodLabels:       e.Labels,
			NamespaceLabels: e.NamespaceLabels,
			Namespace:       e.Namespace,
		}
	}
	return peer
}
