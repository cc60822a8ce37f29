// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"encoding/json"
	"fmt"
	"os"
)

// file is what may stand in a file: one Result, or several.
type file struct {
	Schema  int      `json:"schema"`
	Results []Result `json:"results"`
}

// Write keeps v, a Result or something that has them in its field "results", in a file.
func Write(path string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return nil
}

// Read returns the Results of files in their order.
func Read(paths ...string) ([]Result, error) {
	var all []Result
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
		found, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("result: %s: %w", path, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func decode(text []byte) ([]Result, error) {
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("this is no JSON of flashmq-bench: %w", err)
	}
	if f.Schema != Schema {
		return nil, fmt.Errorf("schema %d, this flashmq-bench reads %d: make the file anew with "+
			"--json", f.Schema, Schema)
	}
	if f.Results != nil {
		return f.Results, nil
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("this is no result of flashmq-bench: %w", err)
	}
	if r.Scenario == "" {
		return nil, fmt.Errorf("this holds no result of flashmq-bench: make one with --json")
	}
	return []Result{r}, nil
}
