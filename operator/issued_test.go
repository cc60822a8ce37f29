// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/operatortest"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
)

// TestIssued plays cert-manager, whose definition comes, goes and comes again. The stages are those
// of one broker.
func TestIssued(t *testing.T) {
	c := operatortest.New(t, "..")
	op := c.Start(t, operatortest.Options{
		Operator: operator.Options{AskForKinds: 2 * time.Second}})
	i := &issuance{&world{c, op}, c.Broker(t, withIssuer),
		envtest.CRDInstallOptions{Paths: kubetest.Definitions(t, "cert-manager")}}
	stages := []struct {
		name string
		run  func(*testing.T)
	}{
		{"there is no cert-manager", i.absent},
		{"it comes", i.comes},
		{"it waits", i.waits},
		{"it fails", i.fails},
		{"it issues", i.issues},
		{"it renews", i.renews},
		{"it fails to renew", i.failsToRenew},
		{"it goes", i.goes},
		{"it comes back", i.comesBack},
		{"nobody wants it any more", i.unwanted},
	}
	for _, stage := range stages {
		if !t.Run(stage.name, stage.run) {
			return
		}
	}
	if ended, err := op.Ended(); ended {
		t.Errorf("the operator has ended: %v", err)
	}
}

// issuance is a broker that has a certificate issued.
type issuance struct {
	*world
	broker      *v1alpha1.FlashMQBroker
	definitions envtest.CRDInstallOptions
}

// says waits until the broker says of its certificates, and so in all, what it should.
func (i *issuance) says(t *testing.T, reason v1alpha1.ConditionReason, parts ...string) {
	t.Helper()
	var text string
	operatortest.Until(t, func() bool {
		certificates := i.Says(t, i.broker, v1alpha1.ConditionCertificatesReady, reason)
		sum := i.Says(t, i.broker, v1alpha1.ConditionReady, reason)
		text = certificates.Message
		for _, part := range parts {
			if !strings.Contains(text, part) || text != sum.Message ||
				sum.Status != metav1.ConditionFalse {
				return false
			}
		}
		return true
	}, func() string { return "the message is " + text })
}

// serves fails unless the broker was given a certificate, and none if that is nil: then it does not
// open the listener.
func (i *issuance) serves(t *testing.T, certificate []byte) {
	t.Helper()
	served := secret(i.Client, i.broker.Namespace, resources.CertificatesName(i.broker))
	if !bytes.Equal(served["mqtts.crt"], certificate) {
		t.Errorf("the broker was given\n%s\nnot\n%s", served["mqtts.crt"], certificate)
	}
}

// given is what cert-manager has put into its Secret.
func (i *issuance) given() []byte {
	return secret(i.Client, i.broker.Namespace,
		resources.ListenerSecretName(i.broker, "mqtts"))[pki.CertificateKey]
}

func (i *issuance) absent(t *testing.T) {
	i.says(t, v1alpha1.ReasonCertManagerNotInstalled, "listener mqtts has an issuerRef")
	i.Says(t, i.broker, v1alpha1.ConditionAvailable, v1alpha1.ReasonPodsReady)
	i.serves(t, nil)
}

func (i *issuance) comes(t *testing.T) {
	if _, err := envtest.InstallCRDs(i.Config, i.definitions); err != nil {
		t.Fatal(err)
	}
	i.says(t, v1alpha1.ReasonIssuerNotReady, "kubectl describe certificate x-mqtts-tls")
	b := i.broker.DeepCopy()
	b.Spec.Complete()
	live, err := request(i.Client, i.broker)
	if err != nil {
		t.Fatal(err)
	}
	names, _, _ := unstructured.NestedStringSlice(live.Object, "spec", "dnsNames")
	want := resources.Certificate(b, b.Spec.Listener("mqtts"), names)
	// What the definition does not know is dropped without a word.
	if d := cmp.Diff(want.Object["spec"], live.Object["spec"]); d != "" {
		t.Error(d)
	}
	if name := "x." + i.broker.Namespace + ".svc"; !strings.Contains(
		strings.Join(names, " "), name) {
		t.Errorf("%s is not among %v", name, names)
	}
}

func (i *issuance) waits(t *testing.T) {
	const why = "Issuing certificate as Secret does not exist"
	tell(t, i.Client, i.broker, map[string]any{"type": "Ready", "status": "False",
		"reason": "DoesNotExist", "message": why}, map[string]any{"type": "Issuing",
		"status": "True", "reason": "DoesNotExist", "message": why})
	i.says(t, v1alpha1.ReasonIssuerNotReady, "listener mqtts", why)
	i.serves(t, nil)
}

func (i *issuance) fails(t *testing.T) {
	const why = "The certificate request has failed to complete: the account is closed"
	tell(t, i.Client, i.broker, map[string]any{"type": "Ready", "status": "False",
		"reason": "DoesNotExist", "message": "Issuing certificate as Secret does not exist"},
		map[string]any{"type": "Issuing", "status": "False", "reason": "Failed", "message": why})
	i.says(t, v1alpha1.ReasonIssuerNotReady, "listener mqtts", why)
}

func (i *issuance) issues(t *testing.T) {
	issue(t, i.Client, i.broker)
	i.isReady(t)
	status := i.broker.Status.Certificates
	if len(status) != 1 || status[0].Source != v1alpha1.CertificateFromCertManager ||
		status[0].NotAfter == nil {
		t.Errorf("the status is %+v", status)
	}
}

func (i *issuance) isReady(t *testing.T) {
	t.Helper()
	operatortest.Until(t, func() bool { return isIssued(i.Client, i.broker) },
		func() string { return "the broker is not given what was issued" })
	i.Says(t, i.broker, v1alpha1.ConditionCertificatesReady, v1alpha1.ReasonCertificatesLoaded)
	i.Says(t, i.broker, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	i.Settle(t, i.op, i.broker)
	i.serves(t, i.given())
}

func (i *issuance) renews(t *testing.T) {
	before, old := i.given(), operatortest.Get(t, i.Cluster, i.broker, "x-0", &corev1.Pod{})
	issue(t, i.Client, i.broker)
	if bytes.Equal(i.given(), before) {
		t.Fatal("the certificate is the same")
	}
	i.isReady(t)
	now := operatortest.Get(t, i.Cluster, i.broker, "x-0", &corev1.Pod{})
	if now.UID != old.UID {
		t.Error("the broker was restarted for its certificate")
	}
}

// failsToRenew is long before the certificate expires, so that there is time to put it right.
func (i *issuance) failsToRenew(t *testing.T) {
	tell(t, i.Client, i.broker, map[string]any{"type": "Ready", "status": "True"},
		map[string]any{"type": "Issuing", "status": "False", "reason": "Failed",
			"message": "out of luck"})
	i.Change(t, i.broker, logLevel) // it would look by itself, but not at once
	operatortest.Until(t, func() bool {
		return slices.ContainsFunc(i.fresh(t).Status.Warnings, func(w string) bool {
			return strings.Contains(w, "listener mqtts") && strings.Contains(w, "out of luck")
		})
	}, func() string { return "no warning says so" })
	i.isReady(t)
}

// fresh is the broker as it is now.
func (i *issuance) fresh(t *testing.T) *v1alpha1.FlashMQBroker {
	t.Helper()
	b := &v1alpha1.FlashMQBroker{}
	if err := i.Client.Get(t.Context(), client.ObjectKeyFromObject(i.broker), b); err != nil {
		t.Fatal(err)
	}
	return b
}

func (i *issuance) goes(t *testing.T) {
	if err := envtest.UninstallCRDs(i.Config, i.definitions); err != nil {
		t.Fatal(err)
	}
	i.says(t, v1alpha1.ReasonCertManagerNotInstalled, "the cluster has no cert-manager")
	i.Settle(t, i.op, i.broker)
	i.serves(t, i.given()) // as long as it lasts
	if i.given() == nil {
		t.Error("the Secret is gone")
	}
	if lines := i.op.Logged("Reconciler error"); len(lines) > 3 {
		t.Errorf("%d errors: %s", len(lines), strings.Join(lines, "\n"))
	}
}

func (i *issuance) comesBack(t *testing.T) {
	if _, err := envtest.InstallCRDs(i.Config, i.definitions); err != nil {
		t.Fatal(err)
	}
	operatortest.Until(t, func() bool {
		_, err := request(i.Client, i.broker)
		return err == nil
	}, func() string { return "no Certificate comes back" })
	i.isReady(t)
}

func (i *issuance) unwanted(t *testing.T) {
	i.Change(t, i.broker, alone)
	operatortest.Until(t, func() bool {
		_, err := request(i.Client, i.broker)
		return apierrors.IsNotFound(err)
	}, func() string { return "the Certificate is still there" })
	i.Says(t, i.broker, v1alpha1.ConditionCertificatesReady, v1alpha1.ReasonNoTLS)
	i.Says(t, i.broker, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	i.serves(t, nil)
}

// request is what the operator wants of cert-manager for the listener mqtts.
func request(k client.Reader, b *v1alpha1.FlashMQBroker) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(optional.Certificate)
	return u, k.Get(ctx, client.ObjectKey{Namespace: b.Namespace,
		Name: resources.ListenerSecretName(b, "mqtts")}, u)
}

// tell says about that what cert-manager would.
func tell(t *testing.T, k client.Client, b *v1alpha1.FlashMQBroker, all ...map[string]any) {
	t.Helper()
	live, err := request(k, b)
	if err != nil {
		t.Fatal(err)
	}
	var conditions []any
	for _, c := range all {
		c["lastTransitionTime"] = time.Now().UTC().Format(time.RFC3339)
		conditions = append(conditions, c)
	}
	before := live.DeepCopy()
	live.Object["status"] = map[string]any{"conditions": conditions}
	if err := k.Status().Patch(t.Context(), live, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// issue puts another certificate into the Secret that the operator has asked for, or makes it.
func issue(t *testing.T, k client.Client, b *v1alpha1.FlashMQBroker) {
	t.Helper()
	s := mine(b, pair(t))
	s.Name = resources.ListenerSecretName(b, "mqtts")
	if err := k.Update(t.Context(), s); apierrors.IsNotFound(err) {
		err = k.Create(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	tell(t, k, b, map[string]any{"type": "Ready", "status": "True", "reason": "Ready",
		"message": "Certificate is up to date and has not expired"})
}

// isIssued tells whether the broker was given what cert-manager has issued.
func isIssued(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
	issued := secret(k, b.Namespace, resources.ListenerSecretName(b, "mqtts"))[pki.CertificateKey]
	served := secret(k, b.Namespace, resources.CertificatesName(b))["mqtts.crt"]
	return issued != nil && bytes.Equal(issued, served)
}
