// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
)

// From the specification.
const (
	maxCommonName = 64  // ub-common-name, RFC 5280 A.1
	maxDNSName    = 253 // RFC 1035 2.3.4, without the dots that are not written
	maxLabel      = 63
)

// maxNames keeps a certificate small enough for one TLS record, which is all that some devices
// have room for. Ours.
const maxNames = 128

// Usage is what a leaf is good for.
type Usage uint8

// The usages. Both together are for a connection between two that prove to each other who they are.
const (
	Server Usage = 1 << iota
	Client
)

func (u Usage) extended() (usages []x509.ExtKeyUsage) {
	if u&Server != 0 {
		usages = append(usages, x509.ExtKeyUsageServerAuth)
	}
	if u&Client != 0 {
		usages = append(usages, x509.ExtKeyUsageClientAuth)
	}
	return usages
}

// usagesOf is what a certificate is good for. One that does not say is good for everything.
func usagesOf(c *x509.Certificate) (u Usage) {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return Server | Client
	}
	for _, usage := range c.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageServerAuth:
			u |= Server
		case x509.ExtKeyUsageClientAuth:
			u |= Client
		case x509.ExtKeyUsageAny:
			u |= Server | Client
		}
	}
	return u
}

// completeDNSNames puts names into the one form and order in which they can be compared.
func completeDNSNames(names []string) ([]string, error) {
	var found []string
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if what := dnsFault(name); what != "" {
			return nil, invalid("DNSNames", "%q %s", brief(name), what)
		}
		found = append(found, name)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// dnsFault says why a name cannot be in a certificate; "" if it can.
func dnsFault(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return "is an address: it belongs to IPs"
	}
	if len(name) > maxDNSName {
		return "is longer than a name of DNS can be"
	}
	rest, wild := strings.CutPrefix(name, "*.")
	if wild && !strings.Contains(rest, ".") {
		return "stands for all names of a top level domain, which clients refuse"
	}
	for _, label := range strings.Split(rest, ".") {
		if !dnsLabel(label) {
			return "is no name of DNS"
		}
	}
	return ""
}

func dnsLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// completeIPs puts addresses into the one form and order in which they can be compared.
func completeIPs(ips []netip.Addr) ([]netip.Addr, error) {
	var found []netip.Addr
	for _, ip := range ips {
		ip = ip.Unmap()
		if !ip.IsValid() || ip.Zone() != "" || ip.IsUnspecified() {
			return nil, invalid("IPs", "%q is no address of a server", brief(ip.String()))
		}
		found = append(found, ip)
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found), nil
}

// addresses are those in a certificate, in the order of completeIPs.
func addresses(c *x509.Certificate) []netip.Addr {
	var found []netip.Addr
	for _, ip := range c.IPAddresses {
		if addr, ok := netip.AddrFromSlice(ip); ok {
			found = append(found, addr.Unmap())
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found)
}
