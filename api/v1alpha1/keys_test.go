// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/pkg/config"
)

// named are the keys of flashmq.conf that a comment names.
var named = regexp.MustCompile(`flashmq\.conf: ([a-z0-9_]+(?:, [a-z0-9_]+)*)\.`)

// keysOf are the keys that the fields below a path become, by the path of the field.
func keysOf(t *testing.T, below string) map[string]string {
	t.Helper()
	keys := map[string]string{}
	walk(definition(t), "", func(path string, schema map[string]any) {
		text, _ := schema["description"].(string)
		m := named.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
		if m != nil && strings.HasPrefix(path, below) {
			keys[path] = m[1]
		}
	})
	return keys
}

func TestFieldsBecomeKeysThatExist(t *testing.T) {
	t.Parallel()
	table := map[string]config.Option{}
	for _, o := range config.Options() {
		table[string(o.Block)+" "+o.Name] = o
	}
	keys := keysOf(t, ".spec")
	if len(keys) < 35 {
		t.Fatalf("only %d fields name a key", len(keys))
	}
	for path, list := range keys {
		block := "global "
		if strings.HasPrefix(path, ".spec.listeners[]") {
			block = "listen "
		}
		for _, key := range strings.Split(list, ", ") {
			o, ok := table[block+key]
			if !ok {
				t.Errorf("%s: the broker has no key %s", path, key)
			}
			if ok && o.Support != config.Effective {
				t.Errorf("%s: %s has no effect", path, key)
			}
		}
	}
}

// What a field of config lets through, the broker takes.
func TestFieldsKeepTheBoundsOfTheirKeys(t *testing.T) {
	t.Parallel()
	table := map[string]config.Option{}
	for _, o := range config.Options() {
		table[o.Name] = o
	}
	keys := keysOf(t, ".spec")
	checked := 0
	walk(definition(t), "", func(path string, schema map[string]any) {
		o, ok := table[keys[path]]
		if !ok {
			return
		}
		if schema["type"] != "integer" {
			return
		}
		checked++
		least, most := int64(schema["minimum"].(float64)), int64(schema["maximum"].(float64))
		if least < o.Min && !(least == 0 && o.OrZero) || most > o.Max {
			t.Errorf("%s: %d to %d, and %s takes %d to %d", path, least, most, o.Name, o.Min, o.Max)
		}
	})
	if checked < 12 {
		t.Errorf("only %d bounds were compared", checked)
	}
}

// A key that has a field is refused in config.extra, so that there is one place to look.
func TestKeysWithAFieldAreRefusedInExtra(t *testing.T) {
	t.Parallel()
	var rule string
	walk(definition(t), "", func(path string, schema map[string]any) {
		if path != ".spec.config.extra[]" {
			return
		}
		for _, r := range schema["x-kubernetes-validations"].([]any) {
			if r := r.(map[string]any); r["message"] == typedKey {
				rule = r["rule"].(string)
			}
		}
	})
	var refused, fields []string
	for _, m := range regexp.MustCompile(`'([a-z0-9_]+)'`).FindAllStringSubmatch(rule, -1) {
		refused = append(refused, m[1])
	}
	for path, key := range keysOf(t, ".spec") {
		if !strings.HasPrefix(path, ".spec.listeners") {
			fields = append(fields, key)
		}
	}
	slices.Sort(fields)
	if !slices.Equal(refused, fields) {
		t.Errorf("refused are\n%s\nfields have\n%s", strings.Join(refused, "\n"),
			strings.Join(fields, "\n"))
	}
}

// Each other key is free in config.extra, or the operator's on purpose.
func testKeys(t *testing.T, api client.Client) {
	var own []string
	for _, o := range config.Options() {
		if o.Block != config.BlockGlobal || o.Support == config.Accepted {
			continue
		}
		_, err := try(t, api, broker("factory", extra(strings.TrimSuffix(o.Name, "_"))))
		switch {
		case err != nil && strings.Contains(err.Error(), ownKey):
			own = append(own, o.Name)
		case err != nil && !strings.Contains(err.Error(), typedKey):
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	slices.Sort(own)
	want := []string{"admin_bind_address", "admin_port", "admin_token_file", "drain_delay",
		"log_debug", "log_file", "mosquitto_acl_file", "mosquitto_password_file",
		"persistence_data_to_save", "plugin", "plugin_opt_", "plugin_serialize_auth_checks",
		"plugin_serialize_init", "plugin_timer_period", "quiet", "save_state_interval",
		"storage_dir", "watch_files"}
	if !slices.Equal(own, want) {
		t.Errorf("the operator keeps %q, want %q", own, want)
	}
}
