package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubectl-seldon.test/control-plane/internal/services"
)

const (
	apiGroup   = "mlops.seldon.io"
	apiVersion = apiGroup + "/v1alpha1"
	finalizer  = "seldon.runtime.finalizer"
)

func seldon(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: apiGroup, Version: "v1alpha1", Resource: plural}
}

// configuration is what SeldonRuntime and SeldonConfig share at spec.config,
// cut down to what reaches a Service.
type configuration struct {
	ServiceConfig struct {
		GRPCServicePrefix string             `json:"grpcServicePrefix"`
		ServiceType       corev1.ServiceType `json:"serviceType"`
	} `json:"serviceConfig"`
}

func (c configuration) forServices() services.Config {
	return services.Config{GRPCServicePrefix: c.ServiceConfig.GRPCServicePrefix, ServiceType: c.ServiceConfig.ServiceType}
}

type runtimeSpec struct {
	SeldonConfig string `json:"seldonConfig"`
	Overrides    []struct {
		Name        string             `json:"name"`
		ServiceType corev1.ServiceType `json:"serviceType"`
	} `json:"overrides"`
	Config configuration `json:"config"`
}

// desired works out what the operator wants, from the runtime and its SeldonConfig.
func (r *reconciler) desired(ctx context.Context, object *unstructured.Unstructured) ([]*corev1.Service, error) {
	var own struct {
		Spec runtimeSpec `json:"spec"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &own); err != nil {
		return nil, err
	}
	shared, err := r.seldonConfig(ctx, own.Spec.SeldonConfig)
	if err != nil {
		return nil, err
	}
	overrides := services.Overrides{}
	for _, o := range own.Spec.Overrides {
		overrides[o.Name] = o.ServiceType
	}
	config := own.Spec.Config.forServices().OrElse(shared.forServices())
	return services.Desired(r.namespace, config, overrides), nil
}

// seldonConfig looks where the operator looks: in its own namespace, whatever
// lies in the runtime's. The errors read like the operator's.
func (r *reconciler) seldonConfig(ctx context.Context, name string) (configuration, error) {
	var shared struct {
		Spec struct {
			Config configuration `json:"config"`
		} `json:"spec"`
	}
	if name == "" {
		return shared.Spec.Config, errors.New("SeldonConfig not specified and is required")
	}
	object, err := r.client.Resource(seldon("seldonconfigs")).Namespace(r.operatorNamespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return shared.Spec.Config, fmt.Errorf("SeldonConfig.%s %q not found", apiGroup, name)
	}
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &shared)
	}
	return shared.Spec.Config, err
}

// findRuntime returns the named runtime, or the only one without a name.
func (r *reconciler) findRuntime(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	runtimes := r.client.Resource(seldon("seldonruntimes")).Namespace(r.namespace)
	if name != "" {
		return runtimes.Get(ctx, name, metav1.GetOptions{})
	}
	list, err := runtimes.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	if len(list.Items) != 1 {
		return nil, fmt.Errorf("%d SeldonRuntimes in namespace %s: name one with --runtime", len(list.Items), r.namespace)
	}
	return &list.Items[0], nil
}

// finalize does what comes before everything else: it puts the finalizer on a
// living runtime, or lets go of one that is being deleted. done means that
// nothing is left to reconcile.
func (r *reconciler) finalize(ctx context.Context, object *unstructured.Unstructured) (_ *unstructured.Unstructured, done bool, err error) {
	finalizers := object.GetFinalizers()
	held := slices.Contains(finalizers, finalizer)
	if object.GetDeletionTimestamp() == nil {
		if held {
			return object, false, nil
		}
		object.SetFinalizers(append(finalizers, finalizer))
		object, err = r.updateRuntime(ctx, object)
		return object, false, err
	}
	servers, err := r.client.Resource(seldon("servers")).Namespace(r.namespace).List(ctx, metav1.ListOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, true, err
	}
	if err == nil && len(servers.Items) > 0 {
		return nil, true, fmt.Errorf("Runtime is being deleted but servers still running in namespace %s", r.namespace)
	}
	if held {
		object.SetFinalizers(slices.DeleteFunc(finalizers, func(f string) bool { return f == finalizer }))
		_, err = r.updateRuntime(ctx, object)
	}
	return object, true, err
}

// updateRuntime writes the runtime the way the operator's Go type does, which
// cannot leave an empty struct out: its first write adds them all to the
// user's object, and makes the operator their field manager.
func (r *reconciler) updateRuntime(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	for _, path := range [][]string{
		{"spec", "config", "agentConfig", "rclone"},
		{"spec", "config", "kafkaConfig"},
		{"spec", "config", "scalingConfig"},
		{"spec", "config", "serviceConfig"},
		{"spec", "config", "tracingConfig"},
	} {
		if _, found, err := unstructured.NestedMap(object.Object, path...); err != nil || found {
			continue
		}
		if err := unstructured.SetNestedMap(object.Object, map[string]any{}, path...); err != nil {
			return nil, err
		}
	}
	return r.client.Resource(seldon("seldonruntimes")).Namespace(r.namespace).Update(ctx, object, metav1.UpdateOptions{})
}
