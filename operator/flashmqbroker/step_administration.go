// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"crypto/rand"

	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
)

// administration makes the token by which the broker knows the operator, once, and the account of
// its pods.
func (p *pass) administration() (bool, error) {
	token := p.facts.data(resources.AdminName(p.broker))[brokerconfig.TokenFile]
	if len(token) == 0 {
		token = []byte(rand.Text())
	}
	p.token = string(token)
	if err := p.want(resources.AdminSecret(p.broker, token)); err != nil {
		return false, err
	}
	return true, p.want(resources.ServiceAccount(p.broker))
}
