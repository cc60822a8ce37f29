// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// go test ./pkg/config -update writes the expected messages and the documentation anew.
var update = flag.Bool("update", false, "write golden files and documentation")

// golden compares got with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s\nwant:\n%s",
			path, got, want)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s (%v)", pattern, err)
	}
	return found
}

func TestBadFilesSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	files := append(glob(t, "testdata/bad/*.conf"), glob(t, "testdata/bad/*.yaml")...)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c, _, err := Load(path, LoadOptions{})
			if err == nil || c != nil {
				t.Fatalf("Load accepted the file: %+v", c)
			}
			got := strings.ReplaceAll(err.Error(), "testdata/bad/", "") + "\n"
			golden(t, path+".want", got)
		})
	}
}

func TestProblemsCanBeReadOneByOne(t *testing.T) {
	t.Parallel()
	_, _, err := Load("testdata/bad/unknown_key.conf", LoadOptions{})
	var problems *Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is a %T", err)
	}
	want := Problem{
		File: "testdata/bad/unknown_key.conf", Line: 4, Key: "max_qos_msg_pending_per_clint",
		Reason: "unknown key", Suggestion: "did you mean max_qos_msg_pending_per_client?",
	}
	if *problems.List[0] != want {
		t.Errorf("first problem = %+v, want %+v", *problems.List[0], want)
	}
	var one *Problem
	if !errors.As(err, &one) || *one != want {
		t.Errorf("errors.As finds %+v, want %+v", one, want)
	}
}

func TestMoreThanTwentyProblemsAreCounted(t *testing.T) {
	t.Parallel()
	_, _, err := Load("testdata/bad/many.conf", LoadOptions{})
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != 20 || problems.More != 5 {
		t.Errorf("problems = %+v", problems)
	}
}

func TestGoodFilesLoad(t *testing.T) {
	t.Parallel()
	paths := append(glob(t, "testdata/good/*.conf"), glob(t, "testdata/good/*.yaml")...)
	for _, path := range paths {
		mustLoad(t, path)
	}
}

func TestConfAndYAMLMeanTheSame(t *testing.T) {
	t.Parallel()
	conf := mustLoad(t, "testdata/good/everything.conf")
	yaml := mustLoad(t, "testdata/good/everything.yaml")
	if !reflect.DeepEqual(conf, yaml) {
		t.Errorf("conf:\n%s\nyaml:\n%s", conf.Render(), yaml.Render())
	}
}

func mustLoad(t *testing.T, path string) *Config {
	t.Helper()
	c, _, err := Load(path, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGoodFileSetsEveryField(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "testdata/good/everything.conf")
	got := string(c.Render())
	golden(t, "testdata/good/everything.want", got)
	if c.MaxQoS != 1 {
		t.Errorf("MaxQoS = %d: an included file counts at its place, the last line wins", c.MaxQoS)
	}
	if first, second := c.Listeners[0].Port, c.Listeners[1].Port; first != 1885 || second != 1884 {
		t.Errorf("ports %d, %d: want 1885 from the include first", first, second)
	}
}

func TestFileWithoutListenersMeansTheDefaults(t *testing.T) {
	t.Parallel()
	c, warnings, err := Load("testdata/good/empty.conf", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Defaults()) {
		t.Errorf("an empty file means\n%s", c.Render())
	}
	want := []Endpoint{{"tcp4", "0.0.0.0:1883"}, {"tcp6", "[::]:1883"}}
	if got := c.Listeners[0].Endpoints(); !slices.Equal(got, want) || c.AllowAnonymous {
		t.Errorf("endpoints %v, anonymous %v", got, c.AllowAnonymous)
	}
	if len(warnings) != 1 ||
		!strings.Contains(warnings[0].String(), "every Client will be refused") {
		t.Errorf("warnings = %v", warnings)
	}
}

func TestNoFileMeansThisMachineOnly(t *testing.T) {
	t.Parallel()
	c, warnings, err := Load("", LoadOptions{})
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	if !reflect.DeepEqual(c, Local()) {
		t.Errorf("no file means\n%s", c.Render())
	}
	want := []Endpoint{{"tcp4", "127.0.0.1:1883"}, {"tcp6", "[::1]:1883"}}
	if got := c.Listeners[0].Endpoints(); !slices.Equal(got, want) || !c.AllowAnonymous {
		t.Errorf("endpoints %v, anonymous %v", got, c.AllowAnonymous)
	}
	c, _, err = Load("", LoadOptions{Set: []string{"allow_anonymous=false"}})
	if err != nil || c.AllowAnonymous {
		t.Errorf("a flag does not override the local default: %v", err)
	}
}

func TestOldKeysAreWarnedAbout(t *testing.T) {
	t.Parallel()
	c, warnings, err := Load("testdata/good/flashmq_defaults.conf", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, strings.TrimPrefix(w.String(), "testdata/good/"))
	}
	golden(t, "testdata/good/flashmq_defaults.warnings", strings.Join(got, "\n")+"\n")
	if c.LogLevel != LogWarning || c.MaxPacketSize != 1048576 {
		t.Errorf("log level %v, max_packet_size %d", c.LogLevel, c.MaxPacketSize)
	}
}

func TestDeprecatedKeysOverrideLogLevel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		set  []string
		want LogLevel
	}{
		{name: "log_debug", text: "log_debug true\nlog_level error", want: LogDebug},
		{name: "log_debug false", text: "log_debug false\nlog_level error", want: LogInfo},
		{name: "quiet", text: "quiet yes", want: LogWarning},
		{name: "both", text: "quiet yes\nlog_debug yes", want: LogDebug},
		{name: "stronger log_level", text: "quiet yes", set: []string{"log_level=error"},
			want: LogError},
		{name: "stronger quiet", text: "log_level debug", set: []string{"quiet=on"},
			want: LogWarning},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := load("f.conf", LoadOptions{Set: test.set}, memory{"f.conf": test.text})
			if err != nil || c.LogLevel != test.want {
				t.Errorf("log level %v, error %v, want %v", c, err, test.want)
			}
		})
	}
}

func TestReadingRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	large := filepath.Join(directory, "large.conf")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, largestFile+1); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"missing", filepath.Join(directory, "none.conf"), "none.conf: no such file or directory"},
		{"directory", directory, ": is not a regular file"},
		{"device", "/dev/null", "/dev/null: is not a regular file"},
		{"too large", large, "large.conf: is larger than 10 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Load(test.path, LoadOptions{})
			if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("error %v, want ...%s", err, test.want)
			}
		})
	}
}

func TestElsewhereLooksAtNoPath(t *testing.T) {
	t.Parallel()
	text := memory{"f.conf": "allow_anonymous true\nlog_file /no/such/directory/f.log\n"}
	if _, _, err := load("f.conf", LoadOptions{}, text); err == nil {
		t.Error("a log file nobody can write is accepted")
	}
	if _, _, err := load("f.conf", LoadOptions{Elsewhere: true}, text); err != nil {
		t.Error(err)
	}
}

func TestEmptyIncludeDirectoryIsAWarning(t *testing.T) {
	t.Parallel()
	text := memory{"f.conf": "allow_anonymous true\ninclude_dir empty\n"}
	_, warnings, err := load("f.conf", LoadOptions{}, text)
	if err != nil || len(warnings) != 1 || warnings[0].Line != 2 {
		t.Errorf("warnings %v, error %v", warnings, err)
	}
}

func TestIncludesHaveABound(t *testing.T) {
	t.Parallel()
	text := memory{"f.conf": strings.Repeat("include_dir d\n", 1100), "d/a.conf": ""}
	_, _, err := load("f.conf", LoadOptions{}, text)
	if err == nil || !strings.Contains(err.Error(), "d/a.conf is one include too many") {
		t.Errorf("error %v", err)
	}
}
