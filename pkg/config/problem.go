// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with one setting.
type Problem struct {
	File       string // the file, or the environment variable or flag the value came from
	Line       int    // 0 when there is none
	Key        string // "" when no key is concerned
	Reason     string
	Suggestion string // how to put it right, if there is a good guess
}

// Error returns "file:line: key: reason (suggestion)".
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Reason)
	if p.Suggestion != "" {
		b.WriteString(" (" + p.Suggestion + ")")
	}
	return b.String()
}

// Warning is something that works and is worth telling the operator.
type Warning Problem

func (w Warning) String() string { return (*Problem)(&w).Error() }

// Problems is the error Load and Validate return: everything found, one per line.
type Problems struct {
	List []*Problem
	More int // how many were found beyond the ones listed
}

func (p *Problems) Error() string {
	var b strings.Builder
	for i, one := range p.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Error())
	}
	if p.More > 0 {
		fmt.Fprintf(&b, "\nand %d more problems", p.More)
	}
	return b.String()
}

// Unwrap makes errors.As find the single problems.
func (p *Problems) Unwrap() []error {
	out := make([]error, len(p.List))
	for i, one := range p.List {
		out[i] = one
	}
	return out
}

// Ours: more problems than this are counted and not shown.
const mostProblems = 20

// report collects what is found while reading.
type report struct {
	problems Problems
	warnings []Warning
}

func (r *report) problem(at origin, key, reason, suggestion string) {
	if len(r.problems.List) == mostProblems {
		r.problems.More++
		return
	}
	r.problems.List = append(r.problems.List, &Problem{at.file, at.line, key, reason, suggestion})
}

func (r *report) warn(at origin, key, reason, suggestion string) {
	if len(r.warnings) < mostProblems {
		r.warnings = append(r.warnings, Warning{at.file, at.line, key, reason, suggestion})
	}
}

func (r *report) err() error {
	if len(r.problems.List) == 0 {
		return nil
	}
	return &r.problems
}
