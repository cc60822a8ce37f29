// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package version says which build of the product is running.
//
// Knows: the version set at link time, and what the Go toolchain recorded in the binary.
// Does not know: any other package of ours.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is the released version. The release build sets it:
//
//	go build -ldflags "-X github.com/flashmq/flashmq/pkg/version.Version=1.2.3"
var Version = "dev"

const unknown = "unknown"

// Build describes one binary.
type Build struct {
	Version  string
	Commit   string // full hash, "unknown" when the build did not record it
	Modified bool   // built from a tree with changes that were not committed
	Go       string // version of the toolchain
	Platform string // operating system/architecture
}

// Info returns the description of the running binary.
func Info() Build {
	b := Build{
		Version:  Version,
		Commit:   unknown,
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.read(info.Settings)
	}
	return b
}

func (b *Build) read(settings []debug.BuildSetting) {
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
}

// String returns the description on one line.
func (b Build) String() string {
	var commit string
	if b.Commit != unknown {
		commit = "commit " + b.Commit + ", "
	}
	if b.Modified {
		commit = "commit " + b.Commit + " with changes, "
	}
	return fmt.Sprintf("%s (%s%s, %s)", b.Version, commit, b.Go, b.Platform)
}
