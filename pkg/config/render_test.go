// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Whatever a Config says, what Render writes means the same.
func TestRenderLoadsBackToTheSameConfig(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		c := randomConfig(random)
		text := string(c.Render())
		back, _, err := load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if !reflect.DeepEqual(c, back) {
			t.Fatalf("seed %d: wrote\n%s\nread\n%s", seed, text, back.Render())
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func TestRenderLeavesDefaultsOut(t *testing.T) {
	t.Parallel()
	if got, want := string(Defaults().Render()), "listen {\n}\n"; got != want {
		t.Errorf("Render of the defaults = %q, want %q", got, want)
	}
}

// randomConfig sets about half of all options to random legal values.
func randomConfig(random *rand.Rand) *Config {
	c := Defaults()
	c.Listeners = nil
	randomize(random, globalOptions, c)
	c.AdminPort = min(c.AdminPort, 900) // none of those below
	c.DrainDelay = min(c.DrainDelay, c.DrainDeadline)
	for i := range 1 + random.IntN(3) {
		l := DefaultListener()
		randomize(random, listenOptions, &l)
		l.UnixSocketPath = fmt.Sprintf("/run/%d %s", i, randomText(random))
		matchFamily(&l)
		matchLayers(&l)
		if l.Port = l.usualPort(); i > 0 || random.IntN(2) == 0 {
			l.Port = uint16(1000 + i) // the usual one only once: they would collide
		}
		c.Listeners = append(c.Listeners, l)
	}
	return c
}

func matchFamily(l *Listener) {
	standard := DefaultListener()
	if l.InetProtocol == InetUnix {
		l.Inet4BindAddress = standard.Inet4BindAddress
		l.Inet6BindAddress = standard.Inet6BindAddress
		l.OnlyAllowFrom, l.DenyFrom, l.HAProxyTrustedFrom = nil, nil, nil
		l.Fullchain, l.Privkey, l.ACMERedirectURL, l.Protocol = "", "", "", l.Protocol%ProtocolACME
		return
	}
	l.UnixSocketPath, l.UnixSocketUser, l.UnixSocketGroup, l.UnixSocketMode = "", "", "", 0
	switch l.InetProtocol {
	case Inet4:
		l.Inet6BindAddress = standard.Inet6BindAddress
	case Inet6:
		l.Inet4BindAddress = standard.Inet4BindAddress
	}
}

// matchLayers removes what does not go together, as somebody would by hand.
func matchLayers(l *Listener) {
	standard := DefaultListener()
	if l.Protocol == ProtocolACME || l.Fullchain == "" || l.Privkey == "" {
		l.Fullchain, l.Privkey, l.DropOnAbsentCertificate = "", "", false
		l.MinimumTLSVersion = standard.MinimumTLSVersion
		l.TLSHandshakeTimeout = standard.TLSHandshakeTimeout
		l.ClientVerificationCAFile, l.ClientVerificationCADir = "", ""
	} else {
		l.ACMERedirectURL = ""
	}
	if l.Protocol == ProtocolACME {
		l.ACMERedirectURL = "http://acme.example.com"
	}
	if !l.VerifiesClients() {
		l.ClientVerificationCRLFile, l.ClientVerificationIdentity = "", IdentityCN
		l.ClientVerificationStillDoAuthn = false
	} else if l.HAProxy.Verifies() {
		l.HAProxy = HAProxyOn
	}
	if l.Protocol != ProtocolWebSockets {
		l.WebSocketPath, l.WebSocketAllowOrigin = nil, nil
	}
	if l.HAProxy == HAProxyOff {
		l.HAProxyTrustedFrom, l.HAProxyHeaderTimeout = nil, standard.HAProxyHeaderTimeout
	}
}

func randomize(random *rand.Rand, rows []Option, in any) {
	for i := range rows {
		o := &rows[i]
		if o.Support != Effective {
			continue
		}
		times := random.IntN(2)
		if o.Repeat {
			times = random.IntN(4)
		}
		for range times {
			if reason, _ := o.parse([]string{randomWord(random, o)}, o.field(in)); reason != "" {
				panic(o.Name + ": " + reason)
			}
		}
	}
}

func randomWord(random *rand.Rand, o *Option) string {
	switch o.Kind {
	case KindBool:
		return fmt.Sprint(random.IntN(2) == 0)
	case KindEnum:
		return o.Values[random.IntN(len(o.Values))]
	case KindAddress:
		if o.Min == 4 {
			return fmt.Sprintf("10.0.0.%d", random.IntN(256))
		}
		return fmt.Sprintf("fe80::%x%%eth0", random.IntN(256))
	case KindNetworks:
		return fmt.Sprintf("10.%d.0.0/16", random.IntN(256))
	case KindString, KindPath:
		return randomText(random)
	case KindURL:
		return fmt.Sprintf("https://[2001:db8::%x]/it's", random.IntN(256))
	case KindOrigin:
		return fmt.Sprintf("https://example.com:%d", 440+random.IntN(5))
	case KindURLPath:
		return fmt.Sprintf(`/it's/"%d"`, random.IntN(256))
	}
	n := o.Min
	if o.Max > o.Min {
		n = min(o.Max, math.MaxInt64-1) - o.Min + 1
		n = o.Min + random.Int64N(n)
	}
	return o.formatNumber(n)
}

func randomText(random *rand.Rand) string {
	const letters = `ab/#{}="'\ ` + "\t\u00e9"
	all := []rune(letters)
	var b strings.Builder
	for range 1 + random.IntN(8) {
		b.WriteRune(all[random.IntN(len(all))])
	}
	return b.String()
}

func TestDifferencesNameTheKeysOfAClass(t *testing.T) {
	t.Parallel()
	old, c := Defaults(), Defaults()
	c.ThreadCount, c.MaxQoS, c.LogLevel = 3, 1, LogDebug
	c.Listeners[0].Port = 1884
	tests := []struct {
		class Reload
		want  []string
	}{
		{ReloadStart, []string{"thread_count"}},
		{ReloadNew, []string{"max_qos"}},
		{ReloadLive, []string{"log_level", "listen"}},
	}
	for _, test := range tests {
		if got := old.Differences(c, test.class); !slices.Equal(got, test.want) {
			t.Errorf("Differences(%s) = %v, want %v", test.class, got, test.want)
		}
		if got := old.Differences(Defaults(), test.class); len(got) != 0 {
			t.Errorf("Differences of equals = %v", got)
		}
	}
}

func TestEnvironmentNamesMatchTheKeys(t *testing.T) {
	t.Parallel()
	if got := variable("max_qos"); got != "FLASHMQ_MAX_QOS" {
		t.Errorf("variable = %q", got)
	}
}
