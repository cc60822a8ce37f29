// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package optional

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The kinds, by the names others have given them.
var (
	Certificate = schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1",
		Kind: "Certificate"}
	ServiceMonitor = schema.GroupVersionKind{
		Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"}
	PrometheusRule = schema.GroupVersionKind{
		Group: "monitoring.coreos.com", Version: "v1", Kind: "PrometheusRule"}
)

// all are the kinds that are asked for.
var all = []schema.GroupVersionKind{Certificate, ServiceMonitor, PrometheusRule}

// Discovery is the part of client-go's discovery that is used.
type Discovery interface {
	ServerResourcesForGroupVersion(groupVersion string) (*metav1.APIResourceList, error)
}

// Rights tells whether the operator may do something with a resource, wherever it looks after
// brokers.
type Rights func(ctx context.Context, verb string, resource schema.GroupResource) (bool, error)

// needed are the verbs without which a kind cannot be kept in memory and written. A kind that may
// not be listed would keep whoever asks for it waiting.
var needed = []string{"list", "watch", "get", "create", "patch", "delete"}

// Kinds answers from memory; it asks the cluster once in a while. Asking for each broker would cost
// a request each, for a kind that is not there is not remembered by anybody else.
type Kinds struct {
	discovery Discovery
	rights    Rights
	every     time.Duration
	log       logr.Logger
	changed   func(gone []schema.GroupVersionKind)

	mu    sync.RWMutex
	there map[schema.GroupVersionKind]bool // guarded by mu

	asking sync.Mutex
	// refused is what was logged last about rights; guarded by asking.
	refused map[schema.GroupVersionKind]string
}

// New returns Kinds that ask so often; rights may be nil, then everything is allowed. changed is
// called when there are others than before, with those that are not there any more, by whoever has
// them refreshed.
func New(
	d Discovery, rights Rights, every time.Duration, log logr.Logger,
	changed func(gone []schema.GroupVersionKind),
) *Kinds {
	return &Kinds{discovery: d, rights: rights, every: every, log: log, changed: changed,
		refused: make(map[schema.GroupVersionKind]string)}
}

// There tells whether the cluster has the kind, and the operator the right to use it, as far as is
// known.
func (k *Kinds) There(kind schema.GroupVersionKind) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.there[kind]
}

// Start asks until ctx is done.
func (k *Kinds) Start(ctx context.Context) error {
	tick := time.NewTicker(k.every)
	defer tick.Stop()
	for {
		k.Refresh(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Refresh asks now. What cannot be found out stays as it was.
func (k *Kinds) Refresh(ctx context.Context) {
	k.asking.Lock()
	defer k.asking.Unlock()
	there := make(map[schema.GroupVersionKind]bool)
	lists := make(map[string]*metav1.APIResourceList)
	for _, kind := range all {
		version := kind.GroupVersion().String()
		list, asked := lists[version]
		if !asked {
			var err error
			list, err = k.discovery.ServerResourcesForGroupVersion(version)
			if err != nil && !apierrors.IsNotFound(err) {
				k.log.Error(err, "cannot tell which kinds the cluster has", "group", version)
				return
			}
			lists[version] = list
		}
		resource := find(list, kind.Kind)
		if resource == "" {
			continue
		}
		missing, err := k.missing(ctx, schema.GroupResource{Group: kind.Group, Resource: resource})
		if err != nil {
			k.log.Error(err, "cannot tell what the operator may do", "kind", kind.Kind)
			return
		}
		k.tell(kind, resource, missing)
		there[kind] = missing == ""
	}
	k.mu.Lock()
	before := k.there
	k.there = there
	k.mu.Unlock()
	if maps.Equal(before, there) {
		return
	}
	var gone []schema.GroupVersionKind
	for _, kind := range all {
		if before[kind] && !there[kind] {
			gone = append(gone, kind)
		}
	}
	k.changed(gone)
}

// missing is the first right that the operator has not, "" when it has all.
func (k *Kinds) missing(ctx context.Context, resource schema.GroupResource) (string, error) {
	if k.rights == nil {
		return "", nil
	}
	for _, verb := range needed {
		if ok, err := k.rights(ctx, verb, resource); err != nil || !ok {
			return verb, err
		}
	}
	return "", nil
}

// tell logs once that a right is missing, or that it is there again.
func (k *Kinds) tell(kind schema.GroupVersionKind, resource, missing string) {
	if k.refused[kind] == missing {
		return
	}
	k.refused[kind] = missing
	if missing == "" {
		k.log.Info("the operator may use a kind now", "kind", kind.Kind)
		return
	}
	k.log.Info("the cluster has a kind which the operator may not use: give its ServiceAccount "+
		"this right, if you want it to", "kind", kind.Kind, "verb", missing, "resource", resource,
		"group", kind.Group)
}

// find is the resource of a kind, "" when it is not in the list.
func find(list *metav1.APIResourceList, kind string) string {
	if list == nil {
		return ""
	}
	for _, r := range list.APIResources {
		if r.Kind == kind {
			return r.Name
		}
	}
	return ""
}
