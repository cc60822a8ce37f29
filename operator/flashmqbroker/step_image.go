// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/operator/rollout"
)

// image decides once which image the broker runs. The operator's default counts when the broker is
// made: another operator with another default restarts nobody, unless spec.update.upgrades says so.
func (p *pass) image() (bool, error) {
	spec, s := &p.broker.Spec, p.status
	s.AvailableVersion = ""
	before := p.told.Get(v1alpha1.ConditionUpgradeAvailable)
	if before != nil && before.Reason == string(v1alpha1.ReasonOwnImage) && spec.Image == "" {
		s.Image = v1alpha1.ImageName(p.Image) // what it had was the spec's choice, not ours
	}
	if s.Image == "" { // also where the broker is there and its status was lost, as in a restore
		s.Image = v1alpha1.ImageName(running(p.facts.statefulSet))
	}
	s.Image = rollout.Image(spec, s.Image, p.Image)
	if spec.Image != "" {
		p.told.Unknown(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonOwnImage,
			"spec.image has chosen the image")
		return true, nil
	}
	if s.Image == "" {
		return false, &invalid{v1alpha1.ReasonUnknownVersion,
			"there is no image: set spec.image, or start the operator with --image"}
	}
	p.offer()
	return true, nil
}

// running is the image that the broker has; empty when there is none.
func running(set *appsv1.StatefulSet) string {
	if set == nil {
		return ""
	}
	if c := resources.BrokerIn(&set.Spec.Template.Spec); c != nil {
		return c.Image
	}
	return ""
}

// offer tells about a newer version, and takes it where it may.
func (p *pass) offer() {
	spec, s := &p.broker.Spec, p.status
	have, offered := rollout.Tag(string(s.Image)), rollout.Tag(p.Image)
	if !newer(offered, have) || spec.Version != "" && !rollout.VersionOf(offered, spec.Version) {
		p.told.False(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonUpToDate, "")
		return
	}
	if spec.Update.Upgrades == v1alpha1.UpgradesPatch && rollout.VersionOf(offered, minor(have)) {
		s.Image = v1alpha1.ImageName(p.Image)
		p.told.False(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonUpToDate, "")
		return
	}
	s.AvailableVersion = offered
	p.told.True(v1alpha1.ConditionUpgradeAvailable, v1alpha1.ReasonNewerVersion,
		"this operator brings "+offered+", and the broker has "+have+": set spec.version")
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
