// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
)

// configuration is what the broker was given.
type configuration struct {
	revision string
	restart  map[string]string
}

// warn tells of what is accepted and should be looked at.
func (p *pass) warn(text string) { p.status.Warnings = append(p.status.Warnings, text) }

// configuration writes flashmq.conf. A spec that makes none leaves the one before in place.
func (p *pass) configuration() (bool, error) {
	if err := ports(&p.broker.Spec); err != nil {
		return false, &invalid{v1alpha1.ReasonPortConflict, err.Error()}
	}
	c, err := brokerconfig.Compile(p.broker, brokerconfig.Facts{
		Materials: p.certificates.have, Tier: p.facts.tier()})
	if err != nil {
		return false, &invalid{v1alpha1.ReasonInvalidKey, err.Error()}
	}
	p.status.Warnings = p.certificates.warnings
	p.config = configuration{c.Revision, c.Restart}
	p.revisions.Config = v1alpha1.Revision(c.Revision)
	for _, w := range c.Warnings {
		p.warn(w)
	}
	if err := p.want(resources.ConfigMap(p.broker, c.Text)); err != nil {
		return false, err
	}
	message := ""
	if len(c.LeftOut) > 0 {
		message = fmt.Sprintf("without the listeners %v, which have no certificates yet", c.LeftOut)
	}
	p.told.True(v1alpha1.ConditionConfigValid, v1alpha1.ReasonValid, message)
	return true, nil
}
