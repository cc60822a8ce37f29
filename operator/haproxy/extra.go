// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"regexp"
	"strings"
)

// Ours.
const (
	maxExtraBytes = 8 << 10
	maxExtraLines = 64
	// longestExtra and mostWords are below what HAProxy takes in one line.
	longestExtra = 1000
	mostWords    = 50
)

// keyword is the first word of a line we let pass: written out, without quotes, escapes and
// variables that could make another word of it, and no macro (.if, .notice).
var keyword = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// refusal is a reason not to take a line.
type refusal map[string]string

const (
	ownSection = "begins a section"
	ofThePod   = "is for whoever starts HAProxy to decide"
	runsCode   = "runs other code"
	setHere    = "is set by a field of its own"
	notThere   = "belongs to frontends and backends, which are not yours to change"
)

// notAnywhere are sections of HAProxy, up to its newest.
var notAnywhere = because(ownSection, "global", "defaults", "frontend", "backend", "listen",
	"peers", "resolvers", "userlist", "mailers", "program", "ring", "cache", "fcgi-app",
	"http-errors",
	"log-forward", "log-profile", "crt-store", "traces", "acme", "healthcheck", "haterm",
	"namespace_list", "dynamic-update").and(
	runsCode, "external-check", "filter", "filters-config", "spoe-agent", "spoe-message")

// notInGlobal ends with what would undo a line of ours.
var notInGlobal = because(runsCode, "insecure-fork-wanted", "insecure-setuid-wanted", "module-path",
	"ssl-engine", "ssl-provider", "ssl-provider-path", "51degrees-data-file",
	"wurfl-data-file", "deviceatlas-json-file", "ot-config").and(
	ofThePod, "user", "group", "uid", "gid", "chroot", "daemon", "pidfile", "master-worker",
	"quiet", "zero-warning", "presetenv", "setenv", "resetenv", "unsetenv",
	"unix-bind", "setcap", "set-dumpable", "ulimit-n", "strict-limits", "localpeer",
	"default-path", "ca-base", "crt-base", "key-base", "server-state-base", "server-state-file",
	"h1-case-adjust", "close-spread-time",
	"h1-case-adjust-file", "expose-experimental-directives", "expose-deprecated-directives").and(
	setHere, "stats", "hard-stop-after", "mworker-max-reloads",
	"fd-hard-limit", "maxconn", "nbthread", "nbproc", "tune.bufsize", "tune.maxrewrite",
	"ssl-load-extra-del-ext", "ssl-load-extra-files")

var notInDefaults = because(setHere, "mode", "retries", "hash-type", "balance").and(
	notThere, "acl", "bind", "server", "server-template", "default-server", "use-server",
	"default_backend", "use_backend", "tcp-request", "tcp-response", "tcp-check", "http-request",
	"http-response", "http-after-response", "http-check", "stick", "stick-table", "monitor-uri",
	"monitor-net", "monitor", "disabled", "enabled", "id", "guid", "persist", "redirect",
	"dispatch", "stats", "source", "errorfile", "errorfiles", "errorloc", "errorloc302",
	"errorloc303",
	"http-error", "email-alert", "load-server-state-from-file", "server-state-file-name",
	"use-fcgi-app", "force-persist", "force-be-switch", "ignore-persist", "declare", "quic-initial",
	"bind-process")

// notAfter is what may not follow some first words.
var notAfter = map[string]refusal{
	"option": because(runsCode, "external-check").and(setHere, "redispatch", "httpchk",
		"tcp-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "ldap-check",
		"spop-check", "ssl-hello-chk", "clitcpka").and(
		notThere, "http_proxy", "transparent", "persist", "allbackups"),
	"timeout": because(setHere, "connect", "client", "server", "tunnel", "client-fin",
		"server-fin"),
}

func because(why string, words ...string) refusal { return refusal{}.and(why, words...) }

// and returns r with more words in it.
func (r refusal) and(why string, words ...string) refusal {
	for _, w := range words {
		r[w] = why
	}
	return r
}

// extra refuses lines that would do something else than tune a section.
func (c *checker) extra(where, s string, refused refusal) {
	if len(s) > maxExtraBytes {
		c.wrong(where, "%d bytes; at most %d are possible", len(s), maxExtraBytes)
		return
	}
	lines := strings.Split(s, "\n")
	if len(lines) > maxExtraLines {
		c.wrong(where, "%d lines; at most %d are possible", len(lines), maxExtraLines)
		return
	}
	for i, l := range lines {
		if why := refuse(strings.TrimSpace(l), refused); why != "" {
			c.wrong(where, "line %d: %s", i+1, why)
		}
	}
}

// refuse says why a line cannot be taken, "" if it can.
func refuse(line string, refused refusal) string {
	if line == "" || line[0] == '#' {
		return unprintable(line)
	}
	if why := unprintable(line); why != "" {
		return why
	}
	words := strings.Fields(line)
	switch {
	case len(line) > longestExtra || len(words) > mostWords:
		return "it is too long"
	case !closed(line):
		return "a quote or a backslash is open at its end"
	}
	if words[0] == "no" || words[0] == "default" {
		words = words[1:]
	}
	if len(words) == 0 || !keyword.MatchString(words[0]) {
		return "it does not begin with a keyword in plain small letters"
	}
	return refuseWords(words, refused)
}

func refuseWords(words []string, refused refusal) string {
	first := words[0]
	for _, r := range []refusal{notAnywhere, refused} {
		if why, ok := r[first]; ok {
			return first + " " + why
		}
	}
	if strings.HasPrefix(first, "lua") || strings.HasPrefix(first, "tune.lua") {
		return first + " " + runsCode
	}
	after, ok := notAfter[first]
	if !ok {
		return ""
	}
	if len(words) < 2 || !keyword.MatchString(words[1]) {
		return first + " is not followed by a name in plain small letters"
	}
	if why, ok := after[words[1]]; ok {
		return first + " " + words[1] + " " + why
	}
	return ""
}

// unprintable finds what could end a line, or hide what is in it.
func unprintable(line string) string {
	for _, r := range line {
		if r != '\t' && (r < ' ' || r > '~') {
			return "it has a character that is not printable ASCII"
		}
	}
	return ""
}

// closed reports whether quotes and escapes end where the line does.
func closed(line string) bool {
	var quote byte
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == '\\' && quote != '\'':
			i++
			if i == len(line) {
				return false
			}
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '#':
			return true
		}
	}
	return quote == 0
}

// extraLines are the lines of s that say something.
func extraLines(s string) []string {
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}
