// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command manifests renders a folder for kustomize into one file that kubectl applies.
//
// It is a module of its own, so that the programs know nothing of kustomize.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// header is how the file begins; the words are for the name of the folder.
const header = `# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

# Rendered from %s by make generate.
---
`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: manifests FOLDER FILE")
		os.Exit(2)
	}
	if err := render(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "manifests:", err)
		os.Exit(1)
	}
}

// render writes the file only when the whole folder could be rendered.
func render(folder, file string) error {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified // the folder says so itself
	objects, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return err
	}
	text, err := objects.AsYaml()
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(fmt.Appendf(nil, header, folder), text...), 0o644)
}
