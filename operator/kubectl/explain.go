// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/clientcmd"
)

// explain is an error in one line, with what to do where that is known.
func explain(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	var unreachable *url.Error
	var refused *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case meta.IsNoMatchError(err):
		return text + ": install the operator and its CustomResourceDefinition (deploy/crds), or " +
			"see whether --context is right"
	case clientcmd.IsEmptyConfig(err):
		return "no kubeconfig: set KUBECONFIG or give --kubeconfig"
	case apierrors.IsUnauthorized(err):
		return text + ": the credentials of the kubeconfig are not accepted, log in again"
	case apierrors.IsForbidden(err):
		return text + ": ask for this right"
	case errors.As(err, &unreachable) && errors.As(err, &refused):
		return "the API server cannot be reached, see whether --kubeconfig and --context are " +
			"right: " + text
	}
	return text
}
