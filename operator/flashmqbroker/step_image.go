// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// image decides once which image the broker runs. The operator's default counts when the broker is
// made: another operator with another default restarts nobody, unless spec.update.upgrades says so.
func (p *pass) image() (bool, error) {
	spec, s := &p.broker.Spec, p.status
	s.AvailableVersion = ""
	switch {
	case spec.Image != "":
		s.Image = spec.Image
		p.told.Unknown(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonOwnImage,
			"spec.image has chosen the image")
		return true, nil
	case spec.Version != "" && !versionOf(tagOf(string(s.Image)), spec.Version):
		s.Image = v1alpha1.ImageName(withVersion(p.Image, spec.Version))
	case s.Image == "":
		s.Image = v1alpha1.ImageName(p.Image)
	}
	if s.Image == "" {
		return false, &invalid{v1alpha1.ReasonUnknownVersion,
			"there is no image: set spec.image, or start the operator with --image"}
	}
	p.offer()
	return true, nil
}

// offer tells about a newer version, and takes it where it may.
func (p *pass) offer() {
	spec, s := &p.broker.Spec, p.status
	have, offered := tagOf(string(s.Image)), tagOf(p.Image)
	if !newer(offered, have) || spec.Version != "" && !versionOf(offered, spec.Version) {
		p.told.False(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonUpToDate, "")
		return
	}
	if spec.Update.Upgrades == v1alpha1.UpgradesPatch && versionOf(offered, minor(have)) {
		s.Image = v1alpha1.ImageName(p.Image)
		p.told.False(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonUpToDate, "")
		return
	}
	s.AvailableVersion = offered
	p.told.True(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonNewerVersion,
		"this operator brings "+offered+", and the broker has "+have+": set spec.version")
}

// withVersion is the image of a version: the operator's default where that is one, so that 1.4 is
// the newest 1.4 that it knows; else its tag is the version.
func withVersion(image, wanted string) string {
	if versionOf(tagOf(image), wanted) {
		return image
	}
	name, _ := split(image)
	return name + ":" + wanted
}

// versionOf reports whether a tag is of a version, which may be the beginning of one: 1.4.2 is of
// 1.4.
func versionOf(tag, wanted string) bool {
	tag = strings.TrimPrefix(tag, "v")
	return tag == wanted || strings.HasPrefix(tag, wanted+".")
}

// minor is the beginning that patch releases of a version have in common.
func minor(tag string) string {
	v, err := version.ParseGeneric(tag)
	if err != nil {
		return tag
	}
	return v.WithPatch(0).String()[:strings.LastIndexByte(v.WithPatch(0).String(), '.')]
}

// newer compares tags. What is no version is not newer than anything.
func newer(a, b string) bool {
	x, err := version.ParseSemantic(a)
	if err != nil {
		return false
	}
	y, err := version.ParseSemantic(b)
	return err == nil && y.LessThan(x)
}

func tagOf(image string) string {
	_, tag := split(image)
	return tag
}

// split takes an image's tag off; one with a digest has none.
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
