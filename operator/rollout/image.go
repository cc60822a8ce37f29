// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Image is what a broker is to run: what its spec says, else what it runs already, else the
// operator's standard one, with the tag that spec.version wants. The standard image counts when a
// broker is made: an operator with another one restarts nobody. Empty when nobody knows one.
func Image(
	spec *v1alpha1.FlashMQBrokerSpec, runs v1alpha1.ImageName, standard string,
) v1alpha1.ImageName {
	switch {
	case spec.Image != "":
		return spec.Image
	case spec.Version != "" && !VersionOf(Tag(string(runs)), spec.Version) && standard != "":
		return v1alpha1.ImageName(withVersion(standard, spec.Version))
	case runs == "":
		return v1alpha1.ImageName(standard)
	}
	return runs
}

// withVersion is the image of a version: the standard one where that is of it, so that 1.4 is the
// newest 1.4 that is known; else its tag is the version.
func withVersion(image, wanted string) string {
	name, tag := split(image)
	if VersionOf(tag, wanted) {
		return image
	}
	if _, err := version.ParseGeneric(tag); err == nil && strings.HasPrefix(tag, "v") {
		wanted = "v" + wanted // as releases there are called
	}
	return name + ":" + wanted
}

// VersionOf reports whether a tag is of a version, which may be the beginning of one: 1.4.2 is of
// 1.4.
func VersionOf(tag, wanted string) bool {
	tag = strings.TrimPrefix(tag, "v")
	return tag == wanted || strings.HasPrefix(tag, wanted+".")
}

// Tag is that of an image; one with a digest has none.
func Tag(image string) string {
	_, tag := split(image)
	return tag
}

// split takes an image's tag off.
func split(image string) (name, tag string) {
	name, _, digest := strings.Cut(image, "@")
	at := strings.LastIndexByte(name, ':')
	if at < strings.LastIndexByte(name, '/')+1 {
		return name, "" // it is a port, or there is none
	}
	if digest {
		return name[:at], ""
	}
	return name[:at], name[at+1:]
}
