// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
)

// ConfigMap holds flashmq.conf.
func ConfigMap(b *v1alpha1.FlashMQBroker, text []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: meta(b, ConfigName(b)),
		Data:       map[string]string{brokerconfig.FileName: string(text)},
	}
}

// CertificatesSecret holds the certificates of all listeners, by the names of brokerconfig.
func CertificatesSecret(b *v1alpha1.FlashMQBroker, files map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(b, CertificatesName(b)), Type: corev1.SecretTypeOpaque,
		Data: files}
}

// AdminSecret holds the token of the administration port.
func AdminSecret(b *v1alpha1.FlashMQBroker, token []byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(b, AdminName(b)), Type: corev1.SecretTypeOpaque,
		Data: map[string][]byte{brokerconfig.TokenFile: token}}
}

// TLSSecret holds one certificate, or an authority.
func TLSSecret(b *v1alpha1.FlashMQBroker, name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(b, name), Type: corev1.SecretTypeTLS, Data: data}
}

// ServiceAccount of the broker's pods, which have nothing to say to the API server.
func ServiceAccount(b *v1alpha1.FlashMQBroker) *corev1.ServiceAccount {
	no := false
	return &corev1.ServiceAccount{ObjectMeta: meta(b, b.Name), AutomountServiceAccountToken: &no}
}
