// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Again has an operator look at brokers that have pods, and waits until it has done with that. It
// returns how many writes and reads that took, for all of them.
func (c *Cluster) Again(
	t testing.TB, o *Operator, brokers ...*v1alpha1.FlashMQBroker,
) (writes, reads int) {
	t.Helper()
	for _, b := range brokers {
		writes -= o.Wire.Writes(Name(b))
		reads -= o.Wire.Reads(Name(b))
	}
	// The first time may be one that had begun before, the third is when the second is over.
	for range 3 {
		c.touch(t, brokers)
	}
	for _, b := range brokers {
		writes += o.Wire.Writes(Name(b))
		reads += o.Wire.Reads(Name(b))
	}
	return writes, reads
}

// touch changes what concerns nobody about brokers, and waits until they have been looked at.
func (c *Cluster) touch(t testing.TB, brokers []*v1alpha1.FlashMQBroker) {
	t.Helper()
	before := make(map[string]int)
	for _, b := range brokers {
		before[Name(b)] = c.Asked(Name(b))
		c.touched.Add(1)
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"%d"}}}`, touched, c.touched.Load())
		err := c.Client.Patch(t.Context(), b, client.RawPatch(types.MergePatchType, []byte(patch)))
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range brokers {
		if v := b.Spec.Replicas; v != nil && *v == 0 {
			continue // there is nobody to ask
		}
		Until(t, func() bool { return c.Asked(Name(b)) > before[Name(b)] },
			func() string { return "nobody looks at " + Name(b) + "\n" + Conditions(b) })
	}
}

// Ours.
const (
	touched = "operatortest/touched"
	// rounds is after how many looks an operator has to be content.
	rounds = 5
)

// Settle has an operator look at brokers until that takes no write any more: its cache has seen
// all that it has written.
func (c *Cluster) Settle(t testing.TB, o *Operator, brokers ...*v1alpha1.FlashMQBroker) {
	t.Helper()
	for range rounds {
		if n, _ := c.Again(t, o, brokers...); n == 0 {
			return
		}
	}
	for _, b := range brokers {
		log := o.Wire.Log(Name(b))
		t.Logf("%s: %d writes, at last %q", Name(b), len(log), log[max(0, len(log)-3):])
	}
	t.Fatalf("after %d looks the operator still writes", rounds)
}
