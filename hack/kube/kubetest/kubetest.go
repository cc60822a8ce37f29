// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubetest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// Options are what a test wants of its cluster.
type Options struct {
	// CRDs are files and folders with CustomResourceDefinitions, seen from the test's folder.
	CRDs []string
	// Controllers asks for the controllers and the scheduler of Kubernetes, volumes for claims of
	// the default StorageClass, and one fake node that is ready. A cluster that was there before
	// has its own.
	Controllers bool
	// Admission are admission plugins of the API server that are not on by default.
	Admission []string
}

// Cluster is an API server and what belongs to it.
type Cluster struct {
	// Config reaches the API server as an administrator.
	Config *rest.Config

	kubeconfig string
}

// Kubeconfig is a file that reaches the API server as an administrator.
func (c *Cluster) Kubeconfig() string { return c.kubeconfig }

// Ours.
const (
	// existingVariable, set to 1, asks for the cluster that KUBECONFIG leads to.
	existingVariable = "FLASHMQ_TEST_EXISTING_CLUSTER"
	// startTimeout is how long one program may take to be ready on a busy machine.
	startTimeout = 2 * time.Minute
	// stopTimeout is the same for its end.
	stopTimeout = time.Minute
	// serviceAddresses are those of Services, which lead nowhere.
	serviceAddresses = "10.0.0.0/16"
	loopback         = "127.0.0.1"
)

// Start starts a cluster for t, and ends the test if it cannot.
//
// With FLASHMQ_TEST_EXISTING_CLUSTER=1 it takes the cluster that KUBECONFIG leads to. There the
// CRDs stay when the test has ended, because other tests may be using them.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	if os.Getenv(existingVariable) == "1" {
		return existing(t, o)
	}
	bin, err := programs(o)
	if err != nil {
		t.Fatalf("kubetest: %v", err)
	}
	dir := t.TempDir()
	env := controlPlane(t, bin, dir)
	if len(o.Admission) > 0 {
		env.ControlPlane.GetAPIServer().Configure().
			Append("enable-admission-plugins", strings.Join(o.Admission, ","))
	}
	env.CRDInstallOptions = installation(o)
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Errorf("kubetest: stopping etcd and the API server: %v", err)
		}
	})
	showLog(t, dir, "etcd")
	showLog(t, dir, "kube-apiserver")
	if _, err := env.Start(); err != nil {
		t.Fatalf("kubetest: starting etcd and the API server: %v", err)
	}
	c := &Cluster{Config: env.Config, kubeconfig: filepath.Join(dir, "kubeconfig")}
	if err := os.WriteFile(c.kubeconfig, env.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Controllers {
		startControllers(t, c, bin, dir, env.ControlPlane.APIServer.CertDir)
	}
	return c
}

// installation is how CRDs get into a cluster.
func installation(o Options) envtest.CRDInstallOptions {
	return envtest.CRDInstallOptions{
		Paths: o.CRDs, ErrorIfPathMissing: true, MaxTime: startTimeout,
	}
}

// existing installs the CRDs into a cluster that is there.
func existing(t testing.TB, o Options) *Cluster {
	t.Helper()
	file := os.Getenv("KUBECONFIG")
	if file == "" {
		t.Fatalf("kubetest: %s is 1, but KUBECONFIG names no file", existingVariable)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatalf("kubetest: KUBECONFIG: %v", err)
	}
	config.QPS, config.Burst = 1000, 2000
	if _, err := envtest.InstallCRDs(config, installation(o)); err != nil {
		t.Fatalf("kubetest: installing CRDs: %v", err)
	}
	return &Cluster{Config: config, kubeconfig: file}
}

// controlPlane is what will start etcd and the API server.
func controlPlane(t testing.TB, bin, dir string) *envtest.Environment {
	t.Helper()
	endWithThisProcess(t)
	owned := false
	env := &envtest.Environment{
		UseExistingCluster:       &owned,
		BinaryAssetsDirectory:    bin,
		ErrorIfCRDPathMissing:    true, // It overwrites that of CRDInstallOptions.
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  stopTimeout,
	}
	server := env.ControlPlane.GetAPIServer()
	server.Err = log(t, dir, "kube-apiserver")
	// The usual one has addresses for 250 Services.
	server.Configure().Set("service-cluster-ip-range", serviceAddresses)
	// Envtest's ports are of those that the kernel gives to connections, by now perhaps to one of
	// another test.
	server.SecureServing.Address, server.SecureServing.Port = loopback, fmt.Sprint(ports.Free(t))
	env.ControlPlane.Etcd = &envtest.Etcd{Err: log(t, dir, "etcd"), URL: local(t)}
	env.ControlPlane.Etcd.Configure().Set("log-level", "warn").
		Set("listen-peer-urls", local(t).String())
	return env
}

// local is where a program listens until the end of the test.
func local(t testing.TB) *url.URL {
	t.Helper()
	return &url.URL{Scheme: "http", Host: fmt.Sprint(loopback, ":", ports.Free(t))}
}
