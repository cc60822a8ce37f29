// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// ListenerTLS is where the certificate of a listener comes from, and who is let in with which.
//
// +kubebuilder:validation:XValidation:rule="[has(self.secretName), has(self.issuerRef), has(self.generated)].filter(x, x).size() == 1",message="tls needs exactly one source of the certificate: secretName (a Secret of yours), issuerRef (cert-manager) or generated: {} (the operator's own authority)"
type ListenerTLS struct {
	// secretName is a Secret of type kubernetes.io/tls in the same namespace, with tls.crt and
	// tls.key. flashmq.conf: fullchain, privkey.
	// +optional
	SecretName ObjectName `json:"secretName,omitempty"`

	// issuerRef lets cert-manager issue the certificate.
	// +optional
	IssuerRef *IssuerRef `json:"issuerRef,omitempty"`

	// generated lets the operator issue the certificate with an authority of its own.
	// +optional
	Generated *GeneratedCertificate `json:"generated,omitempty"`

	// minVersion is the oldest version of TLS accepted. flashmq.conf: minimum_tls_version.
	// +optional
	// +kubebuilder:default="1.2"
	MinVersion TLSVersion `json:"minVersion,omitempty"`

	// clientAuth asks Clients for a certificate.
	// +optional
	ClientAuth *ClientAuth `json:"clientAuth,omitempty"`
}

// TLSVersion is a version of TLS. It is a string: put it in quotes.
//
// +kubebuilder:validation:Enum="1.2";"1.3"
type TLSVersion string

// The versions of TLS.
const (
	TLS12 TLSVersion = "1.2"
	TLS13 TLSVersion = "1.3"
)

// IssuerRef names an issuer of cert-manager and says what to ask it for.
//
// +kubebuilder:validation:XValidation:rule="!has(self.duration) || !has(self.renewBefore) || duration(self.renewBefore) < duration(self.duration)",message="renewBefore must be shorter than duration, or the certificate would be renewed without end",fieldPath=".renewBefore"
type IssuerRef struct {
	// name of the issuer.
	// +required
	Name ObjectName `json:"name,omitempty"`

	// kind is Issuer, ClusterIssuer, or that of another issuer.
	// +optional
	// +kubebuilder:default=Issuer
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Z][A-Za-z0-9]*$`
	Kind string `json:"kind,omitempty"`

	// group of the API the issuer belongs to.
	// +optional
	// +kubebuilder:default=cert-manager.io
	Group ObjectName `json:"group,omitempty"`

	// dnsNames are put into the certificate besides the names of the Services.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	DNSNames []DNSName `json:"dnsNames,omitempty"`

	// duration is how long the certificate is valid, such as 2160h; cert-manager's default when
	// absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h')",message="cert-manager issues for an hour at least: write for instance 2160h"
	Duration ClockDuration `json:"duration,omitempty"`

	// renewBefore is how long before its end the certificate is renewed; cert-manager's default
	// when absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('5m')",message="cert-manager renews five minutes before the end at the latest: write for instance 720h"
	RenewBefore ClockDuration `json:"renewBefore,omitempty"`
}

// GeneratedCertificate is a certificate of the operator's own authority.
type GeneratedCertificate struct {
	// dnsNames are put into the certificate besides the names of the Services.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	DNSNames []DNSName `json:"dnsNames,omitempty"`

	// validityDays is how long the certificate is valid; it is renewed after two thirds of that.
	// +optional
	// +kubebuilder:default=90
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	ValidityDays int32 `json:"validityDays,omitempty"`
}

// ClientAuthMode says whether Clients need a certificate.
//
// +kubebuilder:validation:Enum=None;Require
type ClientAuthMode string

// The modes. There is none that only asks for a certificate, because the broker has none.
const (
	ClientAuthNone    ClientAuthMode = "None"
	ClientAuthRequire ClientAuthMode = "Require"
)

// ClientIdentity is what of a client certificate becomes the user name.
//
// +kubebuilder:validation:Enum=None;CommonName;SANURI
type ClientIdentity string

// The identities.
const (
	IdentityNone       ClientIdentity = "None"
	IdentityCommonName ClientIdentity = "CommonName"
	IdentitySANURI     ClientIdentity = "SANURI"
)

// ClientAuth is what a listener asks of the certificates of Clients.
//
// +kubebuilder:validation:XValidation:rule="self.mode == 'None' || has(self.caFrom)",message="mode Require needs caFrom: name the Secret or ConfigMap with the authorities of client certificates",fieldPath=".caFrom"
// +kubebuilder:validation:XValidation:rule="self.mode == 'None' || self.identity != 'None'",message="with mode Require the certificate names the user: set identity to CommonName or SANURI",fieldPath=".identity"
// +kubebuilder:validation:XValidation:rule="self.mode != 'None' || self.identity == 'None'",message="identity needs certificates of Clients: set mode to Require",fieldPath=".identity"
// +kubebuilder:validation:XValidation:rule="self.mode != 'None' || !self.alsoPassword",message="alsoPassword needs certificates of Clients: set mode to Require",fieldPath=".alsoPassword"
// +kubebuilder:validation:XValidation:rule="self.mode != 'None' || !has(self.caFrom)",message="caFrom has no effect with mode None: set mode to Require, or leave caFrom out",fieldPath=".caFrom"
// +kubebuilder:validation:XValidation:rule="self.mode != 'None' || !has(self.crlSecretName)",message="crlSecretName has no effect with mode None: set mode to Require, or leave crlSecretName out",fieldPath=".crlSecretName"
type ClientAuth struct {
	// mode is Require where Clients without a certificate are to be refused.
	// +optional
	// +kubebuilder:default=None
	Mode ClientAuthMode `json:"mode,omitempty"`

	// caFrom is where the authorities of client certificates are. flashmq.conf:
	// client_verification_ca_file.
	// +optional
	CAFrom *CASource `json:"caFrom,omitempty"`

	// crlSecretName is a Secret with revocation lists under ca.crl, in PEM. flashmq.conf:
	// client_verification_crl_file.
	// +optional
	CRLSecretName ObjectName `json:"crlSecretName,omitempty"`

	// identity is what of the certificate is the user name, which replaces the login. flashmq.conf:
	// client_verification_identity.
	// +optional
	// +kubebuilder:default=None
	Identity ClientIdentity `json:"identity,omitempty"`

	// alsoPassword asks for a login as well, under the user name of the certificate. flashmq.conf:
	// client_verification_still_do_authn.
	// +optional
	// +kubebuilder:default=false
	AlsoPassword *bool `json:"alsoPassword,omitempty"`
}

// CASource is where certificates of authorities are: under ca.crt, in PEM, in the same namespace.
//
// +kubebuilder:validation:XValidation:rule="has(self.secretName) != has(self.configMapName)",message="caFrom needs exactly one of secretName and configMapName"
type CASource struct {
	// secretName is a Secret with ca.crt.
	// +optional
	SecretName ObjectName `json:"secretName,omitempty"`

	// configMapName is a ConfigMap with ca.crt, for instance a bundle of trust-manager.
	// +optional
	ConfigMapName ObjectName `json:"configMapName,omitempty"`
}
