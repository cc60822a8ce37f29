// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// The reasons for a restart.
const (
	// ImageChanged: another version of the broker.
	ImageChanged = "ImageChanged"
	// ConfigChanged: a key of flashmq.conf that only a start can change.
	ConfigChanged = "ConfigChanged"
	// RestartRequested: somebody has asked for it.
	RestartRequested = "RestartRequested"
	// PodTemplateChanged: the pod itself.
	PodTemplateChanged = "PodTemplateChanged"
)

// Ours: as many keys, and as long, as status.restart has room for.
const (
	mostKeys   = 64
	longestKey = 256
)

// requestedKey is what stands for a restart that somebody has asked for.
const requestedKey = "metadata.annotations[flashmq.io/restartedAt]"

// Compare tells why pods made of an old template would be made anew of the next one, and which
// fields of the spec say so, such as "config.eventLoops 2 -> 4". Both are templates as package
// resources makes them, each with its keys of flashmq.conf that only a start can change. The reason
// is empty when nothing restarts.
func Compare(
	old, next *corev1.PodTemplateSpec, oldRestart, nextRestart map[string]string,
) (reason string, keys []string) {
	return Changes(Of(old, oldRestart), Of(next, nextRestart))
}

// Changes is Compare for who has kept a Record of the old template.
func Changes(old, next Record) (reason string, keys []string) {
	pod := ofPod.differences(old.Pod, next.Pod)
	var settings []string
	if old.Config != nil {
		settings = ofConfig.differences(old.Config, next.Config)
		slices.Sort(settings)
	}
	unexplained := old.Sum != next.Sum && len(settings) == 0
	image := slices.IndexFunc(pod, func(k string) bool { return Field(k) == "image" })
	switch {
	case image >= 0: // told first, it is what people ask for
		reason, keys = ImageChanged, append(keys, pod[image])
		pod = slices.Delete(pod, image, image+1)
	case len(settings) > 0 || unexplained && old.Config == nil:
		reason = ConfigChanged
	case len(pod) > 0:
		reason = PodTemplateChanged
	case unexplained:
		reason = RestartRequested
	}
	keys = slices.Concat(keys, settings, pod)
	if unexplained && old.Config != nil {
		keys = append(keys, requestedKey)
	}
	return reason, bounded(keys)
}

func bounded(keys []string) []string {
	if len(keys) > mostKeys {
		keys = append(keys[:mostKeys-1:mostKeys-1], "and more")
	}
	for i, k := range keys {
		if len(k) > longestKey {
			keys[i] = strings.ToValidUTF8(k[:longestKey-3], "") + "..."
		}
	}
	return keys
}

// Field is the field of the spec that a key is about, without its values.
func Field(key string) string {
	field, _, _ := strings.Cut(key, " ")
	return field
}
