// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import "github.com/flashmq/flashmq/api/v1alpha1"

// image decides once which image the broker runs. The operator's default counts when the broker is
// made: another operator with another default restarts nobody.
func (p *pass) image() (bool, error) {
	spec := &p.broker.Spec
	switch {
	case spec.Image != "":
		p.status.Image = spec.Image
	case spec.Version != "":
		p.status.Image = v1alpha1.ImageName(withTag(p.Image, spec.Version))
	case p.status.Image == "":
		p.status.Image = v1alpha1.ImageName(p.Image)
	}
	if p.status.Image == "" {
		return false, &invalid{v1alpha1.ReasonUnknownVersion,
			"there is no image: set spec.image, or start the operator with --image"}
	}
	return true, nil
}

// withTag is an image with another tag.
func withTag(image, tag string) string {
	name := image
	for i := len(image) - 1; i >= 0 && image[i] != '/'; i-- {
		if image[i] == ':' || image[i] == '@' {
			name = image[:i]
		}
	}
	return name + ":" + tag
}
