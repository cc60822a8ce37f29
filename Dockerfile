# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

# The images of flashmq and flashmq-operator (with flashmq-proxy-agent), for linux/amd64 and linux/arm64 (needs BuildKit):
#
#   docker build --target flashmq -t flashmq .
#   docker buildx build --target flashmq --platform linux/amd64,linux/arm64 -t NAME --push .
#
# make images builds the same ones without a container engine. hack/images reads this file for it:
# the stages FROM scratch decide what is in an image, and may use only what that program knows.
#
# FROM scratch, because the programs are static and need nothing else: no shell, no C library, no
# time zones, no CA certificates (the broker connects to nobody, the operator is given the cluster's
# CA). So there is nothing to pull, to scan or to patch but our own program.

ARG GO_IMAGE=golang:1.26.8

# The compiler runs on the builder's own platform and compiles for the other: no emulation.
FROM --platform=$BUILDPLATFORM $GO_IMAGE AS source
WORKDIR /src
COPY . .

FROM source AS build-flashmq
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
	GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs flashmq /out

FROM source AS build-flashmq-operator
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
	GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs flashmq-operator /out

FROM source AS build-flashmq-proxy-agent
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
	GOOS=$TARGETOS GOARCH=$TARGETARCH hack/rootfs flashmq-proxy-agent /out

# The agent is not run here: pods with HAProxy take it from this image.
FROM scratch AS flashmq-operator
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flashmq-operator" \
	org.opencontainers.image.description="Runs FlashMQ brokers on Kubernetes" \
	org.opencontainers.image.source="https://github.com/flashmq/flashmq" \
	org.opencontainers.image.licenses="Apache-2.0" \
	org.opencontainers.image.version="$VERSION" \
	org.opencontainers.image.revision="$REVISION"
COPY --from=build-flashmq-operator /out/licenses/ /licenses/
COPY --from=build-flashmq-proxy-agent /out/licenses/ /licenses/
COPY --from=build-flashmq-operator /out/flashmq-operator /usr/local/bin/flashmq-operator
COPY --from=build-flashmq-proxy-agent /out/flashmq-proxy-agent /usr/local/bin/flashmq-proxy-agent
ENV PATH=/usr/local/bin
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/local/bin/flashmq-operator"]

# Last, so that it is what docker build makes when no target is named.
FROM scratch AS flashmq
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flashmq" \
	org.opencontainers.image.description="MQTT broker: 3.1, 3.1.1 and 5.0" \
	org.opencontainers.image.source="https://github.com/flashmq/flashmq" \
	org.opencontainers.image.licenses="Apache-2.0" \
	org.opencontainers.image.version="$VERSION" \
	org.opencontainers.image.revision="$REVISION"
COPY --from=build-flashmq /out/licenses/ /licenses/
COPY hack/images/flashmq.conf /etc/flashmq/flashmq.conf
COPY --from=build-flashmq /out/flashmq /usr/local/bin/flashmq
ENV PATH=/usr/local/bin
USER 65532:65532
EXPOSE 1883
ENTRYPOINT ["/usr/local/bin/flashmq"]
