// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command images writes container images as OCI archives, without a container engine.
//
// What is in an image, and what is in its configuration, it reads from the stages FROM scratch of
// the Dockerfile; the one thing build stages may be asked for is hack/rootfs, which it runs itself.
// An archive is one file, NAME.oci.tar: an OCI image layout with one index, in which there is one
// image for each platform. The same source, version and SOURCE_DATE_EPOCH give the same bytes.
//
// Knows: the few instructions that our final stages use, OCI image layouts.
// Does not know: how programs are built (hack/build, hack/rootfs), registries.
package main
