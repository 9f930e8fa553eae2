package services

import (
	"github.com/banzaicloud/k8s-objectmatcher/patch"
	corev1 "k8s.io/api/core/v1"
)

// LastApplied is the annotation that keeps what the operator wrote last.
const LastApplied = "seldon.io/last-applied"

var annotator = patch.NewAnnotator(LastApplied)

// Annotate notes on the Service what it looks like now.
func Annotate(service *corev1.Service) error {
	return annotator.SetLastAppliedAnnotation(service)
}

// Compare returns the patch that would make found what desired asks for, or
// "" where the operator sees no difference. This is its own library, not a
// model of it: the library is what decides whether a user's Service survives.
func Compare(found, desired *corev1.Service) (string, error) {
	maker := patch.NewPatchMaker(annotator, &patch.K8sStrategicMergePatcher{}, &patch.BaseJSONMergePatcher{})
	result, err := maker.Calculate(found, desired,
		patch.IgnoreStatusFields(),
		patch.IgnoreField("kind"),
		patch.IgnoreField("apiVersion"),
		patch.IgnoreField("metadata"),
	)
	if err != nil || result.IsEmpty() {
		return "", err
	}
	return string(result.Patch), nil
}
