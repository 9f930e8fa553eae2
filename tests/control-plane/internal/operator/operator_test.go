package operator

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/banzaicloud/k8s-objectmatcher/patch"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"kubectl-seldon.test/control-plane/internal/services"
)

const tenant, operatorNamespace = "fin", "seldon-system"

func object(kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion,
		"kind":       kind,
		"metadata":   map[string]any{"namespace": namespace, "name": name},
		"spec":       spec,
	}}
}

func seldonRuntime(overrides ...any) *unstructured.Unstructured {
	return object("SeldonRuntime", tenant, "rt", map[string]any{"seldonConfig": "default", "overrides": overrides})
}

func seldonConfig(namespace string) *unstructured.Unstructured {
	return object("SeldonConfig", namespace, "default", map[string]any{
		"config": map[string]any{"serviceConfig": map[string]any{"grpcServicePrefix": "grpc-"}},
	})
}

// start returns a reconciler on a cluster with these objects, and what it reports.
func start(objects ...runtime.Object) (*reconciler, *fake.FakeDynamicClient, *[]outcome) {
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		seldon("seldonruntimes"):                           "SeldonRuntimeList",
		seldon("seldonconfigs"):                            "SeldonConfigList",
		seldon("servers"):                                  "ServerList",
		corev1.SchemeGroupVersion.WithResource("services"): "ServiceList",
	}, objects...)
	var reported []outcome
	return &reconciler{
		client:            client,
		namespace:         tenant,
		operatorNamespace: operatorNamespace,
		report: func(o outcome) error {
			reported = append(reported, o)
			return nil
		},
	}, client, &reported
}

func actions(reported []outcome) string {
	var all []string
	for _, o := range reported {
		all = append(all, o.Service+" "+o.Action)
	}
	return strings.Join(all, ", ")
}

func TestCreatesOnceAndKeeps(t *testing.T) {
	r, _, reported := start(seldonRuntime(map[string]any{"name": services.Scheduler, "disable": true}), seldonConfig(operatorNamespace))
	for range 2 {
		if err := r.reconcile(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	want := "seldon-scheduler Create, seldon-mesh Create, seldon-scheduler NoChange, seldon-mesh NoChange"
	if got := actions(*reported); got != want {
		t.Errorf("got %s", got)
	}

	found, err := r.client.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace(tenant).Get(t.Context(), services.Scheduler, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if owners := found.GetOwnerReferences(); len(owners) != 1 || owners[0].Name != "rt" {
		t.Errorf("owners are %v", owners)
	}
	note, err := patch.NewAnnotator(services.LastApplied).GetOriginalConfiguration(found)
	if err != nil {
		t.Fatal(err)
	}
	// The prefix is the SeldonConfig's; the type is missing because of the
	// override, for all that it only disables; the owner came too late.
	for text, want := range map[string]bool{`"grpc-xds"`: true, `"type"`: false, "ownerReferences": false} {
		if strings.Contains(string(note), text) != want {
			t.Errorf("%s in the note: want %v: %s", text, want, note)
		}
	}
}

func TestReplacesForeignService(t *testing.T) {
	foreign := object("Service", tenant, services.Scheduler, map[string]any{"type": "ExternalName", "externalName": "elsewhere"})
	foreign.SetAPIVersion("v1")
	foreign.SetLabels(map[string]string{"team": "a"})
	r, _, reported := start(seldonRuntime(), seldonConfig(operatorNamespace), foreign)
	if err := r.reconcile(t.Context(), "rt"); err != nil {
		t.Fatal(err)
	}
	if got := actions(*reported); got != "seldon-scheduler Update, seldon-mesh Create" || (*reported)[0].Patch == "" {
		t.Errorf("got %v", *reported)
	}
	found, err := r.client.Resource(corev1.SchemeGroupVersion.WithResource("services")).Namespace(tenant).Get(t.Context(), services.Scheduler, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, has := found.GetLabels()["team"]; has {
		t.Error("a label of the former owner is left")
	}
}

func TestMissingConfigStopsAfterTheFinalizer(t *testing.T) {
	r, _, reported := start(seldonRuntime(), seldonConfig(tenant)) // the runtime's namespace does not count
	err := r.reconcile(t.Context(), "")
	if err == nil || err.Error() != `SeldonConfig.mlops.seldon.io "default" not found` || len(*reported) != 0 {
		t.Errorf("got %v, %v", err, *reported)
	}
	found, err := r.findRuntime(t.Context(), "rt")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(found.GetFinalizers(), finalizer) {
		t.Error("no finalizer")
	}
	if _, has, _ := unstructured.NestedMap(found.Object, "spec", "config", "agentConfig", "rclone"); !has {
		t.Error("the empty structs of the operator's type are missing")
	}
}

func TestFirstErrorIsTheLast(t *testing.T) {
	r, client, reported := start(seldonRuntime(), seldonConfig(operatorNamespace))
	client.PrependReactor("create", "services", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("refused")
	})
	if err := r.reconcile(t.Context(), ""); err == nil {
		t.Error("no error")
	}
	if got := actions(*reported); got != "seldon-scheduler Error" || (*reported)[0].Error != "refused" {
		t.Errorf("got %v", *reported)
	}
}

func TestDeletionWaitsForServers(t *testing.T) {
	dying := seldonRuntime()
	dying.SetFinalizers([]string{finalizer, "other"})
	now := metav1.Now()
	dying.SetDeletionTimestamp(&now)
	r, client, _ := start(dying, object("Server", tenant, "mlserver", map[string]any{}))
	if err := r.reconcile(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "servers still running in namespace fin") {
		t.Errorf("got %v", err)
	}
	if err := client.Resource(seldon("servers")).Namespace(tenant).Delete(t.Context(), "mlserver", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := r.reconcile(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	found, err := r.findRuntime(t.Context(), "rt")
	if err != nil {
		t.Fatal(err)
	}
	if got := found.GetFinalizers(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("finalizers are %v", got)
	}
}
