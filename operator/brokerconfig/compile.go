// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Ours: where things are in the pod.
const (
	Directory = "/etc/flashmq"
	FileName  = "flashmq.conf"
	TokenFile = "admin-token"
	// AdminPort is that of probes, metrics and the operator.
	AdminPort = 9090
)

// drainDelay is between not being ready and closing the listeners: until then nobody is sent here
// who could not be served.
const drainDelay = 3 * time.Second

// Materials are the files that a listener with TLS has. The broker leaves a listener out until it
// has enough of them.
type Materials struct {
	Certificate, Authorities, Revocations bool
}

// Enough tells whether a listener can be opened: one that shall verify Clients is never opened
// without.
func (m Materials) Enough(t *v1alpha1.ListenerTLS) bool {
	if !t.VerifiesClients() {
		return m.Certificate
	}
	return m.Certificate && m.Authorities && (m.Revocations || t.ClientAuth.CRLSecretName == "")
}

// Compiled is a configuration.
type Compiled struct {
	// Text is flashmq.conf, the caller's.
	Text []byte
	// Revision is what the broker calls it.
	Revision string
	// Restart lists the keys that only a start can change, with the values they have.
	Restart map[string]string
	// LeftOut are listeners that wait for their certificates.
	LeftOut []v1alpha1.ListenerName
	// Warnings are the broker's.
	Warnings []string
}

// Facts are what a configuration depends on besides the spec.
type Facts struct {
	// Materials are the files that listeners with TLS have.
	Materials map[v1alpha1.ListenerName]Materials
	// Tier are the addresses of the HAProxy pods.
	Tier []netip.Addr
}

// Compile makes the configuration of a broker whose spec has its defaults. The error says which
// field is wrong.
func Compile(b *v1alpha1.FlashMQBroker, f Facts) (*Compiled, error) {
	c, err := extra(b.Spec.Config.Extra)
	if err != nil {
		return nil, err
	}
	setBroker(c, &b.Spec)
	setConfig(c, b.Spec.Config)
	largestConnect(c, &b.Spec)
	out := &Compiled{}
	c.Listeners = nil
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		blocks, err := out.blocks(&b.Spec, l, &f)
		if err != nil {
			return nil, fmt.Errorf("spec.listeners[%s].%w", l.Name, err)
		}
		c.Listeners = append(c.Listeners, blocks...)
	}
	return out, out.finish(c)
}

// blocks are what one listener becomes.
func (out *Compiled) blocks(
	s *v1alpha1.FlashMQBrokerSpec, l *v1alpha1.Listener, f *Facts,
) ([]config.Listener, error) {
	direct, err := listen(l)
	if err != nil {
		return nil, err
	}
	if l.TLS != nil && !f.Materials[l.Name].Enough(l.TLS) {
		// Not simply no block: a file without any has the usual listeners.
		direct.DropOnAbsentCertificate = true
		out.LeftOut = append(out.LeftOut, l.Name)
	}
	if !s.Proxied(l) {
		return []config.Listener{*direct}, nil
	}
	second, err := proxied(s, l, *direct, f.Tier)
	if err != nil {
		return nil, fmt.Errorf("viaProxy: %w", err)
	}
	return []config.Listener{*direct, second}, nil
}

// finish writes the file and reads it as the broker will.
func (out *Compiled) finish(c *config.Config) error {
	out.Text = c.Render()
	parsed, warnings, err := config.Parse(FileName, out.Text)
	if err != nil {
		return err
	}
	if !bytes.Equal(parsed.Render(), out.Text) {
		return errors.New("the configuration is another one when it is read back: " +
			"please report this, with the FlashMQBroker")
	}
	for _, w := range warnings {
		out.Warnings = append(out.Warnings, w.String())
	}
	out.Revision = admin.Revision(out.Text)
	out.Restart = parsed.Values(config.ReloadStart)
	return nil
}

// extra begins with the keys that have no field. Each is read by itself, so that a problem is that
// of one.
func extra(keys []v1alpha1.ConfigKey) (*config.Config, error) {
	if len(keys) == 0 {
		return config.Defaults(), nil
	}
	var text bytes.Buffer
	for _, k := range keys {
		line := k.Name + " " + k.Value
		if slices.ContainsFunc([]byte(line), func(c byte) bool { return c < ' ' }) {
			return nil, fmt.Errorf("spec.config.extra[%s]: the value has more than one line",
				k.Name)
		}
		line += "\n"
		if _, _, err := config.Parse("spec.config.extra", []byte(line)); err != nil {
			return nil, err
		}
		text.WriteString(line)
	}
	c, _, err := config.Parse("spec.config.extra", text.Bytes())
	return c, err
}

func setBroker(c *config.Config, s *v1alpha1.FlashMQBrokerSpec) {
	c.AllowAnonymous = on(s.Auth.Anonymous)
	c.LogLevel = map[v1alpha1.LogLevel]config.LogLevel{
		v1alpha1.LogDebug: config.LogDebug, v1alpha1.LogInfo: config.LogInfo,
		v1alpha1.LogNotice: config.LogNotice, v1alpha1.LogWarning: config.LogWarning,
		v1alpha1.LogError: config.LogError, v1alpha1.LogNone: config.LogNone}[s.Logging.Level]
	if s.Logging.Format == v1alpha1.LogJSON {
		c.LogFormat = config.LogJSON
	}
	c.LogSubscriptions = on(s.Logging.Subscriptions)
	c.AdminPort = AdminPort
	c.AdminBindAddress = netip.IPv6Unspecified() // and IPv4
	c.AdminTokenFile = Directory + "/" + TokenFile
	set(&c.DrainRate, s.Drain.RatePerSecond)
	if d := s.Drain.DeadlineSeconds; d != nil {
		c.DrainDeadline = time.Duration(*d) * time.Second
	}
	c.DrainDelay = min(drainDelay, c.DrainDeadline) // of which it is a part
	c.ServerReference = s.Drain.ServerReference
}

func setConfig(c *config.Config, s *v1alpha1.BrokerConfig) {
	if s.SessionExpirySeconds != nil {
		c.ExpireSessionsAfter = time.Duration(*s.SessionExpirySeconds) * time.Second
	}
	if mode, ok := retainedModes[s.Retained.Mode]; ok {
		c.RetainedMessagesMode = mode
	}
	if n := s.Retained.ExpirySeconds; n > 0 {
		c.ExpireRetainedMessagesAfter = time.Duration(n) * time.Second
	}
	set(&c.MaxRetainedBytes, s.Retained.MaxBytes)
	if target, ok := sharedTargets[s.SharedSubscriptions]; ok {
		c.SharedSubscriptionTargeting = target
	}
	set(&c.ThreadCount, s.EventLoops)
	l := s.Limits
	set(&c.MaxPacketSize, nonzero(l.MaxPacketBytes))
	set(&c.MaxQueuedMessagesPerClient, l.QueueMessagesPerClient)
	set(&c.MaxQoSBytesPendingPerClient, nonzero(l.QueueBytesPerClient))
	set(&c.ClientMaxWriteBufferSize, nonzero(l.ClientWriteBufferBytes))
	set(&c.MaxTopicSplitDepth, nonzero(l.TopicLevels))
	set(&c.MinimumWildcardSubscriptionDepth, l.WildcardMinDepth)
	set(&c.MaxStringLength, l.StringBytes)
}

var retainedModes = map[v1alpha1.RetainedMode]config.RetainedMode{
	v1alpha1.RetainedEnabled:             config.RetainedEnabled,
	v1alpha1.RetainedWithoutRetaining:    config.RetainedWithoutRetaining,
	v1alpha1.RetainedDowngrade:           config.RetainedDowngrade,
	v1alpha1.RetainedDrop:                config.RetainedDrop,
	v1alpha1.RetainedDisconnectWithError: config.RetainedDisconnect,
}

var sharedTargets = map[v1alpha1.SharedTargeting]config.SharedTargeting{
	v1alpha1.SharedRoundRobin: config.TargetRoundRobin,
	v1alpha1.SharedSenderHash: config.TargetSenderHash,
	v1alpha1.SharedFirst:      config.TargetFirst,
}

func on(b *bool) bool { return b != nil && *b }

type number interface {
	~int | ~int32 | ~int64 | ~uint16 | ~uint32 | mqtt.QoS
}

// set copies a number that is there. The schema has bounds that keep it in range.
func set[To, From number](to *To, from *From) {
	if from != nil {
		*to = To(*from)
	}
}

// nonzero is for fields where zero means that nothing was said.
func nonzero[N number](n N) *N {
	if n == 0 {
		return nil
	}
	return &n
}
