// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

const (
	// serverSideOwner is who kubectl apply --server-side is.
	serverSideOwner = "kubectl"
	// lastApplied is where kubectl apply keeps what it has applied, so that it knows what to
	// remove.
	lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
)

// dryRun is what the API server would make of an object that is applied: with defaults, and after
// all checks.
func (f *planFlags) dryRun(
	ctx context.Context, live, wanted *unstructured.Unstructured,
) (*unstructured.Unstructured, error) {
	if live != nil && live.GetAnnotations()[lastApplied] != "" {
		return f.mergeDryRun(ctx, live, wanted)
	}
	next := wanted.DeepCopy()
	err := f.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(next), client.DryRunAll,
		client.FieldOwner(serverSideOwner), client.ForceOwnership)
	return next, err
}

// mergeDryRun does what kubectl apply does with objects of kinds like ours: it changes what is
// wanted otherwise, and removes what was wanted before and is not any more.
func (f *planFlags) mergeDryRun(
	ctx context.Context, live, wanted *unstructured.Unstructured,
) (*unstructured.Unstructured, error) {
	modified, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	current, err := json.Marshal(live)
	if err != nil {
		return nil, err
	}
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(
		[]byte(live.GetAnnotations()[lastApplied]), modified, current)
	if err != nil {
		return nil, err
	}
	next := live.DeepCopy()
	err = f.client.Patch(ctx, next, client.RawPatch(types.MergePatchType, patch),
		client.DryRunAll, client.FieldOwner("kubectl-client-side-apply"),
		client.FieldValidation("Strict"))
	return next, err
}

// isRefusal tells whether the API server does not want an object, rather than us.
func isRefusal(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) ||
		apierrors.IsNotFound(err) || apierrors.IsConflict(err) ||
		// A field that the kind does not know has no reason of its own, as of Kubernetes 1.37.
		status.Status().Reason == "" && status.Status().Code == http.StatusInternalServerError)
}

func typed(u *unstructured.Unstructured) (*v1alpha1.FlashMQBroker, error) {
	b := &v1alpha1.FlashMQBroker{}
	return b, runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, b)
}
