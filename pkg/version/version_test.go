// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package version

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestInfoNamesToolchainAndPlatform(t *testing.T) {
	b := Info()
	if b.Version != "dev" || b.Go != runtime.Version() || b.Commit == "" {
		t.Errorf("Info() = %+v", b)
	}
	if want := runtime.GOOS + "/" + runtime.GOARCH; b.Platform != want {
		t.Errorf("Platform = %q, want %q", b.Platform, want)
	}
}

func TestBuildReadsTheRepositoryState(t *testing.T) {
	b := Build{Version: "1.2.3", Commit: "unknown", Go: "go1.26", Platform: "linux/arm64"}
	if got := b.String(); strings.Contains(got, "changes") {
		t.Errorf("String() = %q for an unchanged tree", got)
	}
	b.read([]debug.BuildSetting{
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "0123abcd"},
		{Key: "vcs.modified", Value: "true"},
	})
	want := "1.2.3 (commit 0123abcd with changes, go1.26, linux/arm64)"
	if got := b.String(); got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}
