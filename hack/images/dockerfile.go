// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile is a Dockerfile that BuildKit's own parser has understood.
type dockerfile struct {
	stages []instructions.Stage
	escape rune
}

// parse reads a Dockerfile. What BuildKit would warn of is an error.
func parse(text []byte) (*dockerfile, error) {
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var complaints []string
	for _, w := range result.Warnings {
		complaints = append(complaints, w.Short)
	}
	lint := linter.New(&linter.Config{
		Warn: func(rule, _, _, text string, _ []parser.Range) {
			complaints = append(complaints, rule+": "+text)
		},
	})
	d := &dockerfile{escape: result.EscapeToken}
	if d.stages, _, err = instructions.Parse(result.AST, lint); err != nil {
		return nil, err
	}
	if len(complaints) > 0 {
		return nil, fmt.Errorf("warnings of BuildKit:\n  %s", strings.Join(complaints, "\n  "))
	}
	return d, nil
}

// stage returns the stage with a name.
func (d *dockerfile) stage(name string) (*instructions.Stage, bool) {
	for i := range d.stages {
		if d.stages[i].Name == name {
			return &d.stages[i], true
		}
	}
	return nil, false
}

// images are the names of the stages FROM scratch.
func (d *dockerfile) images() []string {
	var names []string
	for i := range d.stages {
		if d.stages[i].BaseName == scratch {
			names = append(names, d.stages[i].Name)
		}
	}
	return names
}

// program finds out what a build stage makes and where: the arguments of hack/rootfs in its last
// RUN. Anything else a stage might do to its files would be missing here, and is refused.
func (d *dockerfile) program(name string) (program, folder string, err error) {
	stage, ok := d.stage(name)
	if !ok {
		return "", "", fmt.Errorf("there is no stage %s", name)
	}
	for _, c := range stage.Commands {
		switch c := c.(type) {
		case *instructions.ArgCommand:
		case *instructions.RunCommand:
			words := strings.Fields(strings.Join(c.CmdLine, " "))
			if program != "" || len(words) != 5 || strings.Join(words[:3], " ") != recipe {
				return "", "", fmt.Errorf("stage %s: want one RUN %s PROGRAM FOLDER, have %s",
					name, recipe, c)
			}
			program, folder = words[3], words[4]
		default:
			return "", "", refuse(name, c)
		}
	}
	if program == "" {
		return "", "", fmt.Errorf("stage %s has no RUN %s PROGRAM FOLDER", name, recipe)
	}
	return program, folder, nil
}

// Ours.
const (
	// scratch is the base of every final stage.
	scratch = "scratch"
	// recipe is how build stages make programs.
	recipe = "GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs"
)

// refuse is the answer to an instruction whose meaning this program does not know.
func refuse(stage string, c instructions.Command) error {
	at := ""
	if where := c.Location(); len(where) > 0 {
		at = fmt.Sprintf("line %d: ", where[0].Start.Line)
	}
	return fmt.Errorf("%sstage %s: %v: hack/images does not know what that does to an image; "+
		"teach it, or do without", at, stage, c)
}
