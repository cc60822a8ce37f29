// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Ours: of one file, and of objects in all of them.
const (
	largestFile = 10 << 20
	mostObjects = 10000
)

// readFiles reads the FlashMQBrokers in files and folders, - being standard input, and counts the
// objects of other kinds.
func readFiles(
	names []string, stdin io.Reader,
) (brokers []*unstructured.Unstructured, others int, err error) {
	for _, name := range names {
		files, err := expand(name)
		if err != nil {
			return nil, 0, err
		}
		for _, file := range files {
			objects, err := readFile(file, stdin)
			if err != nil {
				return nil, 0, err
			}
			for _, o := range objects {
				if o.GroupVersionKind().GroupKind() == brokerKind {
					brokers = append(brokers, o)
				} else {
					others++
				}
			}
		}
		if len(brokers)+others > mostObjects {
			return nil, 0, fmt.Errorf("there are more than %d objects in the files", mostObjects)
		}
	}
	for _, b := range brokers {
		if b.GetName() == "" {
			return nil, 0, errors.New("a FlashMQBroker in the files has no metadata.name " +
				"(some names, such as y and on, need quotes in YAML)")
		}
	}
	return brokers, others, nil
}

var brokerKind = v1alpha1.GroupVersion.WithKind("FlashMQBroker").GroupKind()

// expand lists the files of a folder that kubectl would read.
func expand(name string) (files []string, err error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		kinds := []string{".yaml", ".yml", ".json"}
		if !e.IsDir() && slices.Contains(kinds, filepath.Ext(e.Name())) {
			files = append(files, filepath.Join(name, e.Name()))
		}
	}
	return files, nil
}

func readFile(name string, stdin io.Reader) ([]*unstructured.Unstructured, error) {
	in := stdin
	if name == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	limited := &io.LimitedReader{R: in, N: largestFile + 1}
	d := yaml.NewYAMLOrJSONDecoder(limited, 4096)
	var out []*unstructured.Unstructured
	for {
		u := &unstructured.Unstructured{}
		err := d.Decode(&u.Object)
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return out, nil
		case limited.N <= 0:
			return nil, fmt.Errorf("%s has more than %d bytes", name, largestFile)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(u.Object) == 0 {
			continue // only comments
		}
		items, err := itemsOf(u)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, items...)
	}
}

// itemsOf are the objects of a list, or the object itself.
func itemsOf(u *unstructured.Unstructured) (out []*unstructured.Unstructured, err error) {
	if u.GetKind() == "" || u.GetAPIVersion() == "" {
		return nil, errors.New("an object has no kind or no apiVersion")
	}
	if !u.IsList() {
		return []*unstructured.Unstructured{u}, nil
	}
	list, err := u.ToList()
	if err != nil {
		return nil, err
	}
	for i := range list.Items {
		out = append(out, &list.Items[i])
	}
	return out, nil
}
