// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// tlsOptions are what makes a listener one with TLS, and who is let in there.
var tlsOptions = []Option{
	{Name: "fullchain", Kind: KindPath, Reload: ReloadLive,
		Meaning: "PEM file with the certificate of the listener, followed by those up to its " +
			"authority; makes this a TLS listener.",
		listen: func(l *Listener) any { return &l.Fullchain }, fits: fullchainFits},
	{Name: "privkey", Kind: KindPath, Reload: ReloadLive,
		Meaning: "PEM file with the key of the first certificate in fullchain, not encrypted.",
		listen:  func(l *Listener) any { return &l.Privkey }, fits: privkeyFits},
	{Name: "drop_on_absent_certificate", Kind: KindBool, Default: "false", Reload: ReloadNew,
		Meaning: "Leave the listener out, instead of failing, while neither fullchain nor " +
			"privkey can be read, as before an ACME authority has issued them.",
		listen: func(l *Listener) any { return &l.DropOnAbsentCertificate }, fits: needsTLS},
	{Name: "minimum_tls_version", Kind: KindEnum, Values: tlsVersions, Default: "tlsv1.2",
		Reload:  ReloadNew,
		Meaning: "Oldest TLS version accepted.",
		Differs: "FlashMQ's default is `tlsv1.1`: set it for devices that know nothing newer.",
		listen:  func(l *Listener) any { return &l.MinimumTLSVersion }, fits: needsTLS},
	{Name: "tls_handshake_timeout", Kind: KindSeconds, Default: "10", Min: 1, Max: 3600,
		Ours: true, Reload: ReloadNew,
		Meaning: "Time a connection has for its TLS handshake before it is closed.",
		Differs: "FlashMQ has no limit but the 30 s for logging in.",
		listen:  func(l *Listener) any { return &l.TLSHandshakeTimeout }, fits: needsTLS},
	{Name: "client_verification_ca_file", Kind: KindPath, Reload: ReloadLive,
		Meaning: "PEM file with the authorities whose client certificates are accepted; Clients " +
			"without one are refused, and the certificate names the user.",
		listen: func(l *Listener) any { return &l.ClientVerificationCAFile }, fits: needsTLS},
	{Name: "client_verification_ca_dir", Kind: KindPath, Reload: ReloadLive,
		Meaning: "Directory of PEM files with such authorities; counts besides " +
			"client_verification_ca_file.",
		Differs: "Every file counts; FlashMQ finds only those named by `openssl rehash`.",
		listen:  func(l *Listener) any { return &l.ClientVerificationCADir }, fits: needsTLS},
	{Name: "client_verification_crl_file", Kind: KindPath, Ours: true, Reload: ReloadLive,
		Meaning: "File with revocation lists, PEM or DER: client certificates on them are refused.",
		listen:  func(l *Listener) any { return &l.ClientVerificationCRLFile },
		fits:    needsVerification},
	{Name: "client_verification_identity", Kind: KindEnum, Values: clientIdentities,
		Default: "cn", Ours: true, Reload: ReloadNew,
		Meaning: "What of the client certificate is the user name: the Common Name, or the first " +
			"Subject Alternative Name that is a URI, a DNS name or an email address. With none a " +
			"certificate is needed and names nobody, as where a proxy shows its own.",
		Differs: "FlashMQ takes the Common Name.",
		listen:  func(l *Listener) any { return &l.ClientVerificationIdentity },
		fits:    needsVerification},
	{Name: "client_verification_still_do_authn", Kind: KindBool, Default: "false",
		Reload: ReloadNew,
		Meaning: "Ask for a login as well, under the user name of the client certificate; the " +
			"certificate alone is enough otherwise.",
		listen: func(l *Listener) any { return &l.ClientVerificationStillDoAuthn },
		fits:   authnFits},
}
