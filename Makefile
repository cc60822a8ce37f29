# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

# Everything a developer or CI calls. Longer recipes live in hack/, one thing each.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# How long each fuzz target runs.
FUZZTIME ?= 10s
# Which microbenchmarks to run, for how long or how often each, how many times over.
BENCH     ?= .
BENCHTIME ?= 1s
COUNT     ?= 1

# What make images writes to out/: the stages FROM scratch of the Dockerfile whose program exists.
IMAGES    ?= $(notdir $(wildcard cmd/flashmq cmd/flashmq-operator))
PLATFORMS ?= linux/amd64,linux/arm64
# The names are REGISTRY/IMAGE:TAG.
REGISTRY  ?= localhost
TAG       ?= $(VERSION)
# The time of everything inside, so that the same commit gives the same bytes.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
REVISION          ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)

BUILD := GO='$(GO)' VERSION='$(VERSION)' hack/build

.DEFAULT_GOAL := help
.PHONY: help build images run test check race invariants plain arm64 realclients e2e \
	tools lint generate verify fuzz bench microbench pgo operator-scale clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the programs into bin/
	$(BUILD) -o bin/ ./cmd/...

images: ## Write container images to out/ (IMAGES=flashmq TAG=dev PLATFORMS=linux/arm64)
	SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' $(GO) -C hack/images run . \
		-prefix '$(REGISTRY)/' -tag '$(TAG)' -version '$(VERSION)' -revision '$(REVISION)' \
		-platforms '$(PLATFORMS)' $(IMAGES)

run: ## Build the broker and start it with its defaults
	$(BUILD) -o bin/flashmq ./cmd/flashmq
	exec bin/flashmq

test: ## Run every test, installing the tools they need (about 5 minutes on 2 cores)
	hack/test

check: ## Run the quick part of the tests: formatting, vet, staticcheck, house rules
	hack/test check

race: ## Run the tests under the race detector
	hack/test race

invariants: ## Run the tests under the race detector with the invariants build tag
	hack/test invariants

plain: ## Run the tests as users build: allocation budgets, comparisons with evio
	hack/test plain

arm64: ## Vet for arm64 and run the rooms that depend on the machine under qemu
	hack/test arm64

realclients: ## Run the tests with other people's MQTT clients (mosquitto, npm's mqtt)
	hack/test realclients

e2e: ## Run the operator on a real cluster, from images to Prometheus (about 15 minutes; root)
	hack/e2e

tools: ## Install what the tests need besides Go
	hack/install-test-tools

lint: ## Run vet and staticcheck (staticcheck.conf), with and without invariants
	hack/lint

generate: ## Write the generated files anew
	$(GO) generate ./...

verify: ## Check that generated files, go.mod, formatting and house rules are current
	hack/verify

fuzz: ## Run each fuzz target for FUZZTIME=10s
	hack/fuzz $(FUZZTIME)

bench: ## Compare the broker with mosquitto (BENCH_RUNS=3 BENCH_SECS=5, docs/benchmarking.md)
	hack/bench

microbench: ## Run the benchmarks in Go (BENCH=regexp BENCHTIME=1s COUNT=1)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -count $(COUNT) -p 1 ./...

operator-scale: ## Measure the operator with many brokers (SCALE_BROKERS=500 SCALE_NAMESPACES=10)
	$(GO) test -tags scale -count 1 -timeout 30m -run '^TestScale$$' -v ./operator

pgo: ## Write cmd/flashmq/default.pgo, the profile the compiler optimises the broker with
	hack/pgo

clean: ## Remove bin/, out/ and bench-results/
	rm -rf bin out bench-results
