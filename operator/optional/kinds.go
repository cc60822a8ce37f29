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

// Kinds answers from memory; it asks the cluster once in a while. Asking for each broker would cost
// a request each, for a kind that is not there is not remembered by anybody else.
type Kinds struct {
	discovery Discovery
	every     time.Duration
	log       logr.Logger
	changed   func(gone []schema.GroupVersionKind)

	mu    sync.RWMutex
	there map[schema.GroupVersionKind]bool // guarded by mu
}

// New returns Kinds that ask so often. changed is called when there are others than before, with
// those that are not there any more, on the goroutine of Start.
func New(
	d Discovery, every time.Duration, log logr.Logger, changed func(gone []schema.GroupVersionKind),
) *Kinds {
	return &Kinds{discovery: d, every: every, log: log, changed: changed}
}

// There tells whether the cluster has the kind, as far as is known.
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
		k.Refresh()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Refresh asks now. What cannot be found out stays as it was.
func (k *Kinds) Refresh() {
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
		if has(list, kind.Kind) {
			there[kind] = true
		}
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

func has(list *metav1.APIResourceList, kind string) bool {
	if list == nil {
		return false
	}
	for _, r := range list.APIResources {
		if r.Kind == kind {
			return true
		}
	}
	return false
}
