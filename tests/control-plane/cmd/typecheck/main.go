// typecheck holds the expressions of ValidatingAdmissionPolicies against the
// schemas that an API server publishes, as kube-controller-manager does for
// status.typeChecking. It prints one line of JSON for each policy.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// absent is a field that no kind has: whatever has a schema complains of it.
const absent = "object.noKindHasThisField == 1"

// outcome is the line printed for one policy.
type outcome struct {
	Policy string `json:"policy"`
	// Kinds is how many kinds the expressions were held against.
	Kinds    int      `json:"kinds"`
	Warnings []string `json:"warnings"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig `file` (required)")
	flag.Parse()
	if *kubeconfig == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "typecheck: --kubeconfig is required, and there are no arguments")
		os.Exit(1)
	}
	if err := run(*kubeconfig); err != nil {
		fmt.Fprintf(os.Stderr, "typecheck: %v\n", err)
		os.Exit(1)
	}
}

func run(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	groups, err := restmapper.GetAPIGroupResources(client.Discovery())
	if err != nil {
		return err
	}
	checker := &validating.TypeChecker{
		SchemaResolver: &resolver.ClientDiscoveryResolver{Discovery: client.Discovery()},
		RestMapper:     restmapper.NewDiscoveryRESTMapper(groups),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	policies, err := client.AdmissionregistrationV1().ValidatingAdmissionPolicies().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	lines := json.NewEncoder(os.Stdout)
	for i := range policies.Items {
		if err := lines.Encode(check(checker, &policies.Items[i])); err != nil {
			return err
		}
	}
	return nil
}

// check holds every expression of a policy against its kinds. The checker's
// own Check leaves variables and match conditions out.
func check(checker *validating.TypeChecker, policy *admissionv1.ValidatingAdmissionPolicy) outcome {
	types := checker.CreateContext(policy)
	result := outcome{Policy: policy.Name, Kinds: len(checker.CheckExpression(types, absent)), Warnings: []string{}}
	for _, warning := range checker.Check(policy) {
		result.Warnings = append(result.Warnings, warning.FieldRef+": "+warning.Warning)
	}
	warn := func(name, expression string) {
		if results := checker.CheckExpression(types, expression); len(results) > 0 {
			result.Warnings = append(result.Warnings, name+": "+results.String())
		}
	}
	for _, variable := range policy.Spec.Variables {
		warn("variable "+variable.Name, variable.Expression)
	}
	for _, condition := range policy.Spec.MatchConditions {
		warn("match condition "+condition.Name, condition.Expression)
	}
	return result
}
