// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// parseAddress reads an address of the family in Min, or of any when that is 0.
func (o *Option) parseAddress(word string) (value any, reason, suggestion string) {
	a, err := netip.ParseAddr(word)
	if o.Min == 0 {
		if err != nil || a.Is4In6() {
			return nil, quote(word) + " is not an IP address", ""
		}
		return a, "", ""
	}
	if err != nil || a.Is4() != (o.Min == 4) || a.Is4In6() {
		return nil, fmt.Sprintf("%s is not an IPv%d address", quote(word), o.Min), ""
	}
	return a, "", ""
}

// parseNetwork reads an address or a network in CIDR form; bits behind the mask are cleared.
func parseNetwork(word string) (value any, reason, suggestion string) {
	if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), "", ""
	}
	p, err := netip.ParsePrefix(word)
	if err != nil || p.Addr().Is4In6() {
		return nil, quote(word) + " is not an address or a network such as 10.0.0.0/8", ""
	}
	return p.Masked(), "", ""
}

// parseURL reads something to put a path behind, so its own path does not end in "/".
func parseURL(word string) (value any, reason, suggestion string) {
	u, authority := splitURL(word)
	if authority == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, quote(word) + " is not a URL such as https://example.com", ""
	}
	if strings.ContainsAny(word, "?#") {
		return nil, quote(word) + " has more than a path behind the host", "leave out ? and #"
	}
	return u.Scheme + "://" + authority + strings.TrimRight(u.EscapedPath(), "/"), "", ""
}

// parseOrigin reads an origin and spells it as browsers do, so that equal ones are equal strings.
func parseOrigin(word string) (value any, reason, suggestion string) {
	if word == "null" {
		return word, "", ""
	}
	u, authority := splitURL(word)
	if authority == "" {
		return nil, quote(word) + " is not an origin such as https://example.com:8443", ""
	}
	if u.Path != "" || strings.ContainsAny(word, "?#") {
		return nil, quote(word) + " is a URL, and an origin ends behind the host and port",
			"write " + u.Scheme + "://" + authority
	}
	if usual := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; usual != "" {
		authority = strings.TrimSuffix(authority, usual)
	}
	return u.Scheme + "://" + authority, "", ""
}

// splitURL takes word apart. The authority is host and perhaps port in small letters; it is ""
// when they are not what a browser could send, or when there is a user name.
func splitURL(word string) (u *url.URL, authority string) {
	u, err := url.Parse(word)
	if err != nil || u.Scheme == "" || u.User != nil || strings.HasSuffix(u.Host, ":") {
		return nil, ""
	}
	host := plainHost(u)
	if host == "" || u.Port() == "" {
		return u, host
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return nil, ""
	}
	return u, host + ":" + strconv.FormatUint(port, 10)
}

// plainHost returns the host in the form in which it stands in a URL, "" if it is none. Names
// beyond ASCII have a form in ASCII, which is the one on the wire.
func plainHost(u *url.URL) string {
	name := strings.ToLower(u.Hostname())
	if strings.HasPrefix(u.Host, "[") {
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() && a.Zone() == "" {
			return "[" + a.String() + "]"
		}
		return ""
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return ""
		}
	}
	return name
}

// parseURLPath reads a path as it stands in a request, where everything odd is written as %XX.
func parseURLPath(word string) (value any, reason, suggestion string) {
	if !strings.HasPrefix(word, "/") {
		return nil, quote(word) + ` does not begin with "/"`, ""
	}
	for i := range len(word) {
		if c := word[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' {
			return nil, quote(word) + " contains what the path of a request does not",
				"write such characters as %XX"
		}
	}
	return word, "", ""
}
