// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/operator/rollout"
)

// Verdict sums a Forecast up.
type Verdict string

// The verdicts, the gravest last.
const (
	Unchanged Verdict = "unchanged"
	New       Verdict = "new"
	Hot       Verdict = "hot"
	Restart   Verdict = "restart"
	Refused   Verdict = "refused"
)

// Forecast is what would happen to one broker.
type Forecast struct {
	Namespace string  `json:"namespace"`
	Name      string  `json:"name"`
	Verdict   Verdict `json:"verdict"`
	// Reason and Restart say why pods are made anew: what status.restart would say.
	Reason  string   `json:"reason,omitempty"`
	Restart []string `json:"restart,omitempty"`
	// Hot are fields of the spec whose change takes effect while the broker runs, Config the keys
	// of flashmq.conf among that, Proxy those of the HAProxy tier.
	Hot    []string `json:"hot,omitempty"`
	Config []string `json:"config,omitempty"`
	Proxy  []string `json:"proxy,omitempty"`
	Notes  []string `json:"notes,omitempty"`
	// Error is why it is refused.
	Error string `json:"error,omitempty"`
}

// Facts are what a Forecast is made of.
type Facts struct {
	// Live is what there is, nil when there is nothing; Next what there would be. Both have their
	// defaults.
	Live, Next *v1alpha1.FlashMQBroker
	// Certificates are those that the listeners have now.
	Certificates map[string][]byte
	Now          time.Time
}

// Of makes the Forecast. It keeps nothing.
func Of(f Facts) *Forecast {
	out := &Forecast{Namespace: f.Next.Namespace, Name: f.Next.Name}
	next, err := f.render(f.Next, f.materials(f.Next), f.image())
	if err == nil {
		_, _, err = rollout.Window(windows(f.Next), f.Now)
	}
	if err != nil {
		out.Verdict, out.Error = Refused, err.Error()
		return out
	}
	for _, name := range next.leftOut {
		out.note("listener %s has no certificate yet, and is closed until it has", name)
	}
	if f.Live == nil {
		out.Verdict = New
		out.warn(next.warnings, nil)
		out.note("%s", listeners(f.Next))
		return out
	}
	out.compare(f, next)
	return out
}

func (o *Forecast) note(format string, args ...any) {
	o.Notes = append(o.Notes, fmt.Sprintf(format, args...))
}

// warn notes the warnings that are new.
func (o *Forecast) warn(warnings, before []string) {
	for _, w := range warnings {
		if !slices.Contains(before, w) {
			o.note("warning: %s", w)
		}
	}
}

// compare fills in what changes between two brokers.
func (o *Forecast) compare(f Facts, next *rendered) {
	live, err := f.render(f.Live, f.materials(f.Live), string(f.Live.Status.Image))
	if err != nil {
		o.note("what is there now cannot be compared, the operator refuses it: %v", err)
		live = &rendered{template: next.template, text: next.text, restart: next.restart}
	}
	o.warn(next.warnings, live.warnings)
	o.Reason, o.Restart = rollout.Compare(live.template, next.template, live.restart, next.restart)
	o.Config = configChanges(live.text, next.text)
	for _, c := range specChanges(&f.Live.Spec, &f.Next.Spec) {
		switch {
		case c.below("proxy"):
			o.Proxy = append(o.Proxy, c.String())
		case !o.restarts(c):
			o.Hot = append(o.Hot, c.String())
		}
	}
	o.stops(f)
	switch {
	case o.Reason != "":
		o.Verdict = Restart
	case len(o.Hot)+len(o.Config)+len(o.Proxy) > 0:
		o.Verdict = Hot
	default:
		o.Verdict = Unchanged
		return
	}
	o.circumstances(f)
}

// restarts tells whether a change is among those that are told with the restart.
func (o *Forecast) restarts(c change) bool {
	if o.Reason == "" {
		return false
	}
	return c.below("patches") || c.below("version") && o.Reason == rollout.ImageChanged ||
		slices.ContainsFunc(o.Restart, func(key string) bool {
			// The deadline of a drain counts at once, and makes the pods' grace period.
			return c.below(rollout.Field(key)) && !c.below("drain")
		})
}

// stops looks at brokers without pods: nothing restarts there, and who stops one stops its Clients.
func (o *Forecast) stops(f Facts) {
	before, after := replicas(f.Live), replicas(f.Next)
	switch {
	case before == 0 && o.Reason != "":
		o.Hot = append(o.Hot, o.Restart...)
		o.Reason, o.Restart = "", nil
		if after == 0 {
			o.note("no pod runs: it counts when spec.replicas is 1 again")
		}
	case before > 0 && after == 0:
		o.Reason = string(v1alpha1.ReasonScaledToZero)
		o.Hot = slices.DeleteFunc(o.Hot, func(text string) bool {
			return rollout.Field(text) == "replicas"
		})
		o.Restart = append([]string{"replicas 1 -> 0"}, o.Restart...)
		o.note("the broker is stopped")
	}
	if before == 0 && after > 0 {
		o.note("the broker is started")
	}
}

// circumstances says what people should know besides.
func (o *Forecast) circumstances(f Facts) {
	if f.Next.Spec.Paused != nil && *f.Next.Spec.Paused {
		o.note("spec.paused is set: nothing happens until it is false")
	}
	if o.Reason != "" && o.Reason != string(v1alpha1.ReasonScaledToZero) {
		o.note("the restart begins %s", When(f.Next, f.Now))
	}
	if o.Reason != "" {
		o.note("%s", Disconnected(f.Live, &f.Next.Spec))
	}
	if r := f.Live.Status.Restart; r != nil {
		o.note("a restart waits or is under way already: %s",
			strings.Join(append([]string{r.Reason}, r.Keys...), ", "))
	}
	if slices.ContainsFunc(o.Proxy, exchangesProxy) && f.Live.Spec.ProxyEnabled() {
		o.note("the pods of the proxy are made anew: connections through one end with it")
	}
}

// exchangesProxy tells whether a change is one of HAProxy's pods.
func exchangesProxy(text string) bool {
	for _, field := range []string{"image", "resources", "podTemplate", "hardStopSeconds"} {
		if strings.HasPrefix(text, "proxy."+field) {
			return true
		}
	}
	return false
}

func replicas(b *v1alpha1.FlashMQBroker) int32 {
	if b.Spec.Replicas == nil {
		return 1
	}
	return *b.Spec.Replicas
}

func windows(b *v1alpha1.FlashMQBroker) []v1alpha1.UpdateWindow {
	if b.Spec.Update == nil {
		return nil
	}
	return b.Spec.Update.Windows
}

// rendered is what the operator makes of a broker, as far as it is compared.
type rendered struct {
	template *corev1.PodTemplateSpec
	text     []byte
	restart  map[string]string
	warnings []string
	// leftOut are listeners that wait for their certificates.
	leftOut []v1alpha1.ListenerName
}

// render makes it.
func (f *Facts) render(
	of *v1alpha1.FlashMQBroker, have map[v1alpha1.ListenerName]brokerconfig.Materials,
	image string,
) (*rendered, error) {
	b := of.DeepCopy()
	b.Spec.Complete()
	c, err := brokerconfig.Compile(b, brokerconfig.Facts{Materials: have})
	if err != nil {
		return nil, err
	}
	set := resources.StatefulSet(b, resources.Workload{Image: image, Restart: c.Restart})
	patched, err := resources.Patch(b, set, "StatefulSet")
	if err != nil {
		return nil, err
	}
	return &rendered{templateOf(patched), c.Text, c.Restart, c.Warnings, c.LeftOut}, nil
}
