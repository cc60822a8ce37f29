// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// contents is what a final stage says about its image.
type contents struct {
	config v1.Config
	copies []copied
}

// copied is one COPY, and so one layer.
type copied struct {
	// program is built by hack/rootfs, and source is below its folder; "" when source is a path
	// from the top of the repository.
	program string
	source  string
	// target is the absolute path in the image. With a slash at the end, source is a folder and
	// target gets what is in it.
	target string
	// line is the instruction, for the history of the image.
	line string
}

// numericUser is what Kubernetes can see not to be root.
var numericUser = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)

// image reads the final stage with a name. arguments are the values of ARG given from outside.
func (d *dockerfile) image(name string, arguments map[string]string) (*contents, error) {
	stage, ok := d.stage(name)
	if !ok || stage.BaseName != scratch {
		return nil, fmt.Errorf("the Dockerfile has no image %s, only %s", name,
			strings.Join(d.images(), ", "))
	}
	r := &reader{dockerfile: d, stage: name, given: arguments, set: map[string]string{},
		lex: shell.NewLex(d.escape)}
	for _, c := range stage.Commands {
		if err := r.read(c); err != nil {
			return nil, err
		}
	}
	switch {
	case len(r.config.Entrypoint) == 0:
		return nil, fmt.Errorf("stage %s has no ENTRYPOINT", name)
	case !numericUser.MatchString(r.config.User):
		return nil, fmt.Errorf("stage %s: USER is %q, want numbers that are not root's, "+
			"as 65532:65532", name, r.config.User)
	}
	return &r.contents, nil
}

// reader goes through the instructions of one final stage.
type reader struct {
	contents
	dockerfile *dockerfile
	stage      string
	given, set map[string]string // variables: from outside, and those of the stage
	lex        *shell.Lex
}

func (r *reader) read(c instructions.Command) error {
	if e, ok := c.(instructions.SupportsSingleWordExpansion); ok {
		if err := e.Expand(r.expand); err != nil {
			return fmt.Errorf("stage %s: %v: %w", r.stage, c, err)
		}
	}
	switch c := c.(type) {
	case *instructions.ArgCommand:
		return r.arguments(c)
	case *instructions.LabelCommand:
		for _, l := range c.Labels {
			put(&r.config.Labels, l.Key, l.Value)
		}
	case *instructions.EnvCommand:
		for _, e := range c.Env {
			r.config.Env = append(r.config.Env, e.Key+"="+e.Value)
		}
	case *instructions.ExposeCommand:
		for _, port := range c.Ports {
			if !strings.Contains(port, "/") {
				port += "/tcp"
			}
			put(&r.config.ExposedPorts, port, struct{}{})
		}
	case *instructions.UserCommand:
		r.config.User = c.User
	case *instructions.EntrypointCommand:
		if c.PrependShell || len(c.Files) > 0 {
			return refuse(r.stage, c) // there is no shell
		}
		r.config.Entrypoint = c.CmdLine
	case *instructions.CopyCommand:
		return r.copy(c)
	default:
		return refuse(r.stage, c)
	}
	return nil
}

// expand replaces variables, and knows no unset ones.
func (r *reader) expand(word string) (string, error) {
	var variables []string
	for key, value := range r.set {
		variables = append(variables, key+"="+value)
	}
	result, err := r.lex.ProcessWordWithMatches(word, shell.EnvsFromSlice(variables))
	if err != nil {
		return "", err
	}
	for name := range result.Unmatched {
		return "", fmt.Errorf("%s is not set; the stage has no ARG %[1]s", name)
	}
	return result.Result, nil
}

func (r *reader) arguments(c *instructions.ArgCommand) error {
	for _, a := range c.Args {
		value, ok := r.given[a.Key]
		switch {
		case ok:
			r.set[a.Key] = value
		case a.Value != nil:
			r.set[a.Key] = *a.Value
		default:
			return fmt.Errorf("stage %s: ARG %s has no default", r.stage, a.Key)
		}
	}
	return nil
}

// copy understands COPY of one file to a full path, and of one folder to another. Names of folders
// end in a slash, so that nobody has to look at the disk to know what is meant.
func (r *reader) copy(c *instructions.CopyCommand) error {
	plain := c.Chown == "" && c.Chmod == "" && !c.Link && !c.Parents &&
		len(c.ExcludePatterns) == 0 && len(c.SourceContents) == 0 && len(c.SourcePaths) == 1
	if !plain || !path.IsAbs(c.DestPath) || strings.ContainsAny(c.SourcePaths[0], `*?[\`) {
		return refuse(r.stage, c)
	}
	// The parser keeps the instruction as it stands, with variables in it.
	one := copied{source: c.SourcePaths[0], target: c.DestPath,
		line: "COPY " + c.SourcePaths[0] + " " + c.DestPath}
	if strings.HasSuffix(one.source, "/") != strings.HasSuffix(one.target, "/") {
		return fmt.Errorf("stage %s: %v: end both in a slash (a folder) or none (a file)",
			r.stage, c)
	}
	if c.From != "" {
		program, folder, err := r.dockerfile.program(c.From)
		if err != nil {
			return err
		}
		below, ok := strings.CutPrefix(one.source, folder+"/")
		if !ok {
			return fmt.Errorf("stage %s: %v: stage %s makes %s", r.stage, c, c.From, folder)
		}
		one.program, one.source = program, below
		one.line = "COPY --from=" + c.From + " " + c.SourcePaths[0] + " " + c.DestPath
	}
	r.copies = append(r.copies, one)
	return nil
}

func put[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}
