// Package operator stands in for Seldon's operator where it decides over the
// two Services of a namespace: one reconcile, then it ends. Workloads, RBAC,
// ConfigMaps and status are left out.
package operator

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"kubectl-seldon.test/control-plane/internal/services"
)

// userAgent makes the API server note the writes as the operator's: it takes
// the field manager from the part before the slash.
const userAgent = "manager/v0.0.0 (control-plane operator)"

// outcome is the line printed for one Service.
type outcome struct {
	Service string `json:"service"`
	Action  string `json:"action"`
	Patch   string `json:"patch"`
	Error   string `json:"error"`
}

type reconciler struct {
	client            dynamic.Interface
	namespace         string
	operatorNamespace string
	report            func(outcome) error
}

// Main runs `operator` and returns the exit code.
func Main(arguments []string) int {
	var kubeconfig, name string
	lines := json.NewEncoder(os.Stdout)
	lines.SetEscapeHTML(false)
	r := reconciler{report: func(o outcome) error { return lines.Encode(o) }}
	flags := flag.NewFlagSet("operator", flag.ContinueOnError)
	flags.StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig `file` (required)")
	flags.StringVar(&r.namespace, "namespace", "", "namespace of the SeldonRuntime (required)")
	flags.StringVar(&r.operatorNamespace, "operator-namespace", "", "namespace of the operator, where SeldonConfigs are read (required)")
	flags.StringVar(&name, "runtime", "", "name of the SeldonRuntime (default: the only one)")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 1
	}
	if kubeconfig == "" || r.namespace == "" || r.operatorNamespace == "" || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "operator: --kubeconfig, --namespace and --operator-namespace are required, and there are no arguments")
		return 1
	}
	if err := r.connect(kubeconfig); err != nil {
		fmt.Fprintf(os.Stderr, "operator: %v\n", err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := r.reconcile(ctx, name); err != nil {
		fmt.Fprintf(os.Stderr, "operator: %v\n", err)
		return 1
	}
	return 0
}

func (r *reconciler) connect(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = userAgent
	config.WarningHandler = rest.NoWarnings{} // the finalizer's name earns one on every write
	r.client, err = dynamic.NewForConfig(config)
	return err
}

// reconcile keeps the operator's order: finalizer, configuration, Services;
// the first error ends it, so later Services stay as they are.
func (r *reconciler) reconcile(ctx context.Context, name string) error {
	object, err := r.findRuntime(ctx, name)
	if err != nil {
		return err
	}
	object, done, err := r.finalize(ctx, object)
	if err != nil || done {
		return err
	}
	desired, err := r.desired(ctx, object)
	if err != nil {
		return err
	}
	for _, service := range desired {
		// Before the owner is set, as the operator does it: what it notes on
		// a Service it creates therefore names no owner.
		if err := services.Annotate(service); err != nil {
			return err
		}
		service.OwnerReferences = []metav1.OwnerReference{owner(object)}
		result, err := r.apply(ctx, service)
		result.Service = service.Name
		if err != nil {
			result.Action, result.Error = "Error", err.Error()
		}
		if reportErr := r.report(result); reportErr != nil {
			return reportErr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func owner(object *unstructured.Unstructured) metav1.OwnerReference {
	yes := true
	return metav1.OwnerReference{
		APIVersion:         apiVersion,
		Kind:               "SeldonRuntime",
		Name:               object.GetName(),
		UID:                object.GetUID(),
		Controller:         &yes,
		BlockOwnerDeletion: &yes,
	}
}

// apply creates the Service, replaces it or leaves it alone. It never asks
// whose Service it replaces, and keeps nothing of it but the resourceVersion.
func (r *reconciler) apply(ctx context.Context, desired *corev1.Service) (outcome, error) {
	cluster := r.client.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace(r.namespace)
	object, err := cluster.Get(ctx, desired.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		body, err := encode(desired)
		if err == nil {
			_, err = cluster.Create(ctx, body, metav1.CreateOptions{})
		}
		return outcome{Action: "Create"}, err
	}
	if err != nil {
		return outcome{}, err
	}
	found := &corev1.Service{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, found); err != nil {
		return outcome{}, err
	}
	patch, err := services.Compare(found, desired)
	if err != nil {
		return outcome{}, err
	}
	if patch == "" {
		return outcome{Action: "NoChange"}, nil
	}
	result := outcome{Action: "Update", Patch: patch}
	if err := services.Annotate(desired); err != nil {
		return result, err
	}
	desired.ResourceVersion = found.ResourceVersion
	body, err := encode(desired)
	if err == nil {
		_, err = cluster.Update(ctx, body, metav1.UpdateOptions{})
	}
	return result, err
}

func encode(service *corev1.Service) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(service)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Service"))
	return object, nil
}
