// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// Annotation is on the StatefulSet: the Record of the pods that run. The template in the
// StatefulSet is already another one while a restart waits.
const Annotation = "flashmq.io/running"

// Record is what pods are made with, as far as a change of it makes new pods. It has the values of
// what people read, and sums of the rest; of variables sums only, since they may hold passwords.
type Record struct {
	// Config has the keys of flashmq.conf that only a start can change; nil if nobody knows them.
	Config map[string]string `json:"config,omitzero"`
	// Pod is the rest, by the field of the spec that it comes from.
	Pod map[string]string `json:"pod,omitempty"`
	// Sum is that of resources.RestartAnnotation: over Config and the restarts asked for.
	Sum string `json:"sum,omitempty"`
}

// sum is the beginning of a value that stands for a longer one.
const sum = "#"

// Of records a template as package resources makes it, and the keys that it was made with.
func Of(t *corev1.PodTemplateSpec, restart map[string]string) Record {
	if restart == nil {
		restart = map[string]string{}
	}
	r := Record{Config: maps.Clone(restart), Pod: make(map[string]string),
		Sum: t.Annotations[resources.RestartAnnotation]}
	for key, value := range t.Labels {
		r.Pod[at("podTemplate.metadata.labels", key)] = value
	}
	for key, value := range t.Annotations {
		if key != resources.RestartAnnotation {
			r.Pod[at("podTemplate.metadata.annotations", key)] = hashed(value)
		}
	}
	spec := t.Spec.DeepCopy()
	if seconds := spec.TerminationGracePeriodSeconds; seconds != nil {
		r.Pod["drain.deadlineSeconds"] = hashed(*seconds)
		spec.TerminationGracePeriodSeconds = nil
	}
	if c := resources.BrokerIn(spec); c != nil {
		r.broker(c)
	}
	for _, c := range spec.Containers {
		if c.Name == resources.BrokerContainer {
			continue
		}
		r.Pod[at("podTemplate.sidecars", c.Name)] = hashed(c)
	}
	for _, c := range spec.InitContainers {
		r.Pod[at("podTemplate.initContainers", c.Name)] = hashed(c)
	}
	for _, v := range spec.Volumes {
		r.Pod[at("podTemplate.extraVolumes", v.Name)] = hashed(v)
	}
	if len(spec.ImagePullSecrets) > 0 {
		r.Pod["imagePullSecrets"] = hashed(spec.ImagePullSecrets)
	}
	spec.Containers, spec.InitContainers, spec.Volumes = nil, nil, nil
	spec.ImagePullSecrets = nil
	r.rest("podTemplate", spec)
	return r
}

// broker records the broker's container.
func (r *Record) broker(c *corev1.Container) {
	r.Pod["image"] = c.Image
	if c.ImagePullPolicy != "" {
		r.Pod["imagePullPolicy"] = string(c.ImagePullPolicy)
	}
	for kind, list := range map[string]corev1.ResourceList{
		"requests": c.Resources.Requests, "limits": c.Resources.Limits} {
		for name, quantity := range list {
			r.Pod["resources."+kind+"."+string(name)] = quantity.String()
		}
	}
	for _, e := range c.Env {
		if e.Name != derived {
			r.Pod[at("podTemplate.env", e.Name)] = hashed(e)
		}
	}
	for _, m := range c.VolumeMounts {
		r.Pod[at("podTemplate.extraVolumeMounts", m.MountPath)] = hashed(m)
	}
	left := c.DeepCopy()
	left.Name, left.Image, left.ImagePullPolicy = "", "", ""
	left.Resources, left.Env, left.VolumeMounts = corev1.ResourceRequirements{}, nil, nil
	r.rest("container", left)
}

// derived follows from resources.limits.memory, which is told.
const derived = "GOMEMLIMIT"

// rest records what has no place of its own: each field as a whole.
func (r *Record) rest(below string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("rollout: a template that cannot be written: " + err.Error()) // all of it can
	}
	fields := make(map[string]json.RawMessage)
	if err := json.Unmarshal(raw, &fields); err != nil {
		panic("rollout: a template that cannot be read: " + err.Error()) // it was just written
	}
	for name, text := range fields {
		if t := string(text); t != "null" && t != `""` && t != "{}" {
			r.Pod[below+"."+name] = hashed(text)
		}
	}
}

func at(list, name string) string { return list + "[" + name + "]" }

// hashed stands for a value that is too long, or not for everybody to see.
func hashed(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("rollout: a template that cannot be written: " + err.Error()) // all of it can
	}
	return sum + admin.Revision(raw)
}

// String is the Record as it stands in Annotation.
func (r Record) String() string {
	raw, err := json.Marshal(r)
	if err != nil {
		panic("rollout: a Record that cannot be written: " + err.Error()) // it is all text
	}
	return string(raw)
}

// Parse reads what String wrote; ok is false when it is nothing like that.
func Parse(annotation string) (r Record, ok bool) {
	err := json.Unmarshal([]byte(annotation), &r)
	return r, err == nil && r.Pod != nil
}

// Keep is what Annotation is to say: the Record of the pods that run. That is next once no pod is
// older; until then, what it said before.
func Keep(annotation string, next Record, settled bool) string {
	if _, ok := Parse(annotation); ok && !settled {
		return annotation
	}
	return next.String()
}

// named is how fields and their values are called.
type named struct {
	field func(key string) string
	// standard is the value when nothing is said.
	standard func(key string) string
}

var (
	ofPod    = named{func(field string) string { return field }, unset}
	ofConfig = named{brokerconfig.Field, brokerconfig.Standard}
)

func unset(string) string { return "" }

// value is one side of a change, as people read it; empty when it is not shown.
func (n named) value(key, v string) string {
	if v == "" {
		v = n.standard(key)
	}
	switch {
	case strings.HasPrefix(v, sum) || strings.HasPrefix(key, "podTemplate.metadata."):
		return ""
	case v == "":
		return "unset"
	}
	return strings.ReplaceAll(v, "\n", " ")
}

// differences are the fields with another value, and what they were and are where that can be told.
func (n named) differences(old, next map[string]string) (out []string) {
	all := maps.Clone(next)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, old)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if old[key] == next[key] {
			continue
		}
		text := n.field(key)
		if x, y := n.value(key, old[key]), n.value(key, next[key]); x != "" && y != "" {
			text = fmt.Sprintf("%s %s -> %s", text, x, y)
		}
		out = append(out, text)
	}
	return out
}
