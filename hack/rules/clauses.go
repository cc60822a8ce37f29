// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/flashmq/flashmq/pkg/conformance"
)

// What begins like a tag of a normative statement, and the whole of a good one. Several
// statements of one section may share a tag: the numbers after the first follow ",-".
var (
	clauseBegin = regexp.MustCompile(`\[MQ` + `TT-[^\]\n]*\]?`)
	clause      = regexp.MustCompile(`^\[MQ` + `TT-\d+\.\d+\.\d+-\d+(,-\d+)*\]$`)
)

// checkClauses wants tags of normative statements written so that they can be searched for, and
// statements that are there.
func checkClauses(f *file) []problem { return clauseProblems(f.path, f.source) }

// clauseProblems looks for tags in the text of a file of any kind.
func clauseProblems(path string, text []byte) []problem {
	var found []problem
	for i, line := range bytes.Split(text, []byte("\n")) {
		for _, tag := range clauseBegin.FindAllString(string(line), -1) {
			if complaint := clauseComplaint(tag); complaint != "" {
				found = append(found, problem{path, i + 1, complaint})
			}
		}
	}
	return found
}

// clauseComplaint says what is wrong with one tag, "" when nothing is.
func clauseComplaint(tag string) string {
	if !clause.MatchString(tag) {
		return `"` + tag + `" is no tag of a normative statement: write it on one line in the ` +
			`form of [MQTT-3.3.1-5] or [MQTT-3.3.1-5,-6]`
	}
	section, rest, _ := strings.Cut(strings.Trim(tag, "[]")[len("MQTT-"):], "-")
	for _, number := range strings.Split(rest, ",-") {
		name := "MQTT-" + section + "-" + number
		if in311, in5 := conformance.Known(name); !in311 && !in5 {
			return name + " is no normative statement of MQTT 3.1.1 or 5.0: look it up in " +
				"docs/conformance.md"
		}
	}
	return ""
}

// loadTexts returns every page and every text in testdata below top.
func loadTexts(top string) (map[string][]byte, error) {
	texts := map[string][]byte{}
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != top && entry.Name() != "testdata" && ignored(entry.Name()) {
			return fs.SkipDir
		}
		if ext := filepath.Ext(name); entry.IsDir() || ext != ".md" && ext != ".txt" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(top, name)
		texts[filepath.ToSlash(relative)] = text
		return err
	}
	return texts, filepath.WalkDir(top, walk)
}
