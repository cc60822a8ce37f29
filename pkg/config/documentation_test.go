// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

//go:generate go test -run ^TestDocumentationIsCurrent$ -update .

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const documentation = "../../docs/configuration.md"

func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	golden(t, documentation, configurationDocument(t))
}

func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range Options() {
		name := o.Name
		if o.Prefix {
			name += "<name>"
		}
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("%s has no row in %s", name, documentation)
		}
	}
}

// configurationDocument is the hand-written text with the tables put in.
func configurationDocument(t *testing.T) string {
	t.Helper()
	frame, err := os.ReadFile("testdata/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.NewReplacer(
		"{{logging}}", effectiveTable(loggingOptions),
		"{{process}}", effectiveTable(processOptions),
		"{{admin}}", effectiveTable(adminOptions),
		"{{connect}}", effectiveTable(connectOptions),
		"{{packet}}", effectiveTable(packetOptions),
		"{{session}}", effectiveTable(sessionOptions),
		"{{subscription}}", effectiveTable(subscriptionOptions),
		"{{retained}}", effectiveTable(retainedOptions),
		"{{listen}}", effectiveTable(socketOptions),
		"{{tls}}", effectiveTable(tlsOptions),
		"{{web}}", effectiveTable(webOptions),
		"{{proxy}}", effectiveTable(proxyOptions),
		"{{differs}}", differencesTable(),
		"{{inert}}", inertTable(),
		"{{notyet}}", notYetTable(),
	)
	return tables.Replace(string(frame))
}

func effectiveTable(rows []Option) string {
	var b strings.Builder
	b.WriteString("| Key | Values | Default | Takes effect | Meaning |\n|---|---|---|---|---|\n")
	for _, o := range rows {
		if o.Support == NotYet {
			continue
		}
		meaning := o.Meaning
		if o.Support == Deprecated {
			meaning = "Deprecated: " + o.Reason + ". " + meaning
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n",
			o.Name, values(o), standard(o), o.Reload, meaning)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func values(o Option) string {
	switch o.Kind {
	case KindBool:
		return "true, false"
	case KindEnum:
		var out []string
		for _, v := range o.Values {
			out = append(out, "`"+v+"`")
		}
		if o.Switch {
			out = append([]string{"true, false"}, out[2:]...)
		}
		return strings.Join(out, ", ")
	case KindInt:
		return o.Range()
	case KindSize:
		return "bytes, " + o.Range()
	case KindSeconds:
		return "seconds, " + o.Range()
	case KindMilliseconds:
		return "milliseconds, " + o.Range()
	case KindFileMode:
		return "octal, " + o.Range()
	case KindPath:
		return "path"
	case KindAddress:
		if o.Min == 0 {
			return "IP address"
		}
		return fmt.Sprintf("IPv%d address", o.Min)
	case KindNetworks:
		return "address or network"
	case KindURL:
		return "http or https URL"
	case KindOrigin:
		return "`scheme://host[:port]`, `null`"
	case KindURLPath:
		return "path that begins with `/`"
	}
	return "text"
}

func standard(o Option) string {
	if o.Default == "" {
		return "not set"
	}
	text := "`" + o.Default + "`"
	if o.Varies != "" {
		text += "; " + o.Varies
	}
	return text
}

func differencesTable() string {
	var b strings.Builder
	b.WriteString("| Key | In FlashMQ | Here |\n|---|---|---|\n")
	for _, o := range Options() {
		if o.Support != Effective || !o.Ours && o.Differs == "" {
			continue
		}
		origin := "same key"
		if o.Ours {
			origin = "no such key"
		}
		differs := o.Differs
		if differs == "" {
			differs = "A key of ours."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Name, origin, differs)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func inertTable() string {
	var b strings.Builder
	b.WriteString("| Key | Why nothing happens |\n|---|---|\n")
	for _, o := range inertOptions {
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, o.Reason)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func notYetTable() string {
	var b strings.Builder
	b.WriteString("| Key | Block | Meaning |\n|---|---|---|\n")
	for _, o := range Options() {
		if o.Support != NotYet {
			continue
		}
		name := o.Name
		if o.Prefix {
			name += "<name>"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, o.Block, o.Meaning)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
