// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// small is a Dockerfile with an image a; the tests replace its parts.
const small = `FROM golang AS source
COPY . .

FROM source AS build
ARG TARGETOS
RUN --mount=type=cache,target=/x \
	GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs a /out

FROM scratch AS a
ARG VERSION=dev
LABEL version="$VERSION" title="a program"
COPY --from=build /out/licenses/ /licenses/
COPY a.conf /etc/a.conf
ENV PATH=/bin MODE=${VERSION}
USER 65532:65532
EXPOSE 1883 53/udp
ENTRYPOINT ["/bin/a", "-x"]
`

func TestImage(t *testing.T) {
	got, err := parsed(t, small).image("a", map[string]string{"VERSION": "1.2", "OTHER": "x"})
	if err != nil {
		t.Fatal(err)
	}
	config := v1.Config{
		User:         "65532:65532",
		Entrypoint:   []string{"/bin/a", "-x"},
		Env:          []string{"PATH=/bin", "MODE=1.2"},
		Labels:       map[string]string{"version": "1.2", "title": "a program"},
		ExposedPorts: map[string]struct{}{"1883/tcp": {}, "53/udp": {}},
	}
	if diff := cmp.Diff(config, got.config); diff != "" {
		t.Error(diff)
	}
	copies := []copied{
		{"a", "licenses/", "/licenses/", "COPY --from=build /out/licenses/ /licenses/"},
		{"", "a.conf", "/etc/a.conf", "COPY a.conf /etc/a.conf"},
	}
	if diff := cmp.Diff(copies, got.copies, cmp.AllowUnexported(copied{})); diff != "" {
		t.Error(diff)
	}
}

func TestImageWithoutArguments(t *testing.T) {
	got, err := parsed(t, small).image("a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if version := got.config.Labels["version"]; version != "dev" {
		t.Errorf("version %q, want the default", version)
	}
}

func TestImagesThatAreRefused(t *testing.T) {
	const unknown = "does not know what that does"
	tests := []struct {
		name, old, new, why string
	}{
		{"no such image", "AS a\n", "AS b\n", "no image a, only b"},
		{"other base", "FROM scratch", "FROM debian", "no image a"},
		{"no user", "USER 65532:65532\n", "", "USER is"},
		{"root", "USER 65532:65532", "USER 0:0", "USER is"},
		{"user by name", "65532:65532", "nobody", "USER is"},
		{"no entrypoint", `ENTRYPOINT ["/bin/a", "-x"]`, "", "no ENTRYPOINT"},
		{"entrypoint of a shell", `["/bin/a", "-x"]`, "/bin/a", unknown},
		{"unset variable", "$VERSION", "$REVISION", "REVISION is not set"},
		{"argument without default", "VERSION=dev", "REVISION", "no default"},
		{"run in the image", "EXPOSE 1883 53/udp", "RUN x", unknown},
		{"other instruction", "EXPOSE 1883 53/udp", "VOLUME /x", unknown},
		{"owner", "COPY a.conf", "COPY --chown=1:1 a.conf", unknown},
		{"mode", "COPY a.conf", "COPY --chmod=755 a.conf", unknown},
		{"pattern", "COPY a.conf", "COPY *.conf", unknown},
		{"two sources", "COPY a.conf /etc/a.conf", "COPY a.conf b.conf /etc/", unknown},
		{"relative target", "/etc/a.conf", "a.conf", unknown},
		{"file into folder", "/etc/a.conf", "/etc/", "end both in a slash"},
		{"folder to file", "/licenses/ /licenses/", "/licenses/ /licenses", "end both in a slash"},
		{"no such stage", "--from=build", "--from=bulid", "no stage bulid"},
		{"image of others", "--from=build", "--from=debian", "no stage debian"},
		{"not of the program", "/out/licenses/ ", "/etc/ssl/ ", "stage build makes /out"},
		{"other build", "hack/rootfs a", "hack/other a", "want one RUN"},
		{"two builds", "FROM scratch AS a", "RUN GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs " +
			"b /out\n\nFROM scratch AS a", "want one RUN"},
		{"no build", "RUN --mount=type=cache,target=/x \\\n\tGOOS=$TARGETOS GOARCH=$TARGETARCH " +
			"hack/rootfs a /out\n", "", "has no RUN"},
		{"more than a build", "ARG TARGETOS\n", "COPY x /out/x\n", unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(small, test.old) {
				t.Fatalf("nothing to replace: %q", test.old)
			}
			_, err := parsed(t, strings.Replace(small, test.old, test.new, 1)).image("a", nil)
			if err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want one that says %q", err, test.why)
			}
		})
	}
}
