// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package pki makes the certificates of a broker whose listeners ask for generated ones, and looks
// at the certificates that users bring.
//
// All functions are pure: they take the data of one Secret and the time, and return what its data
// should be, why it changed, and when to ask again. What needs no change comes back byte for byte.
//
// The data of the authority's Secret, which no pod mounts:
//
//	tls.crt, tls.key          the certificate and key that sign
//	ca-next.crt, ca-next.key  their successors while a rotation is going on
//	ca-previous.crt           certificates that signed before; their keys are gone. Each block has
//	                          the PEM header Trusted-Until
//	ca.crt                    the bundle to trust: the current, the next, the previous ones
//
// The data of a leaf's Secret: tls.crt, tls.key, and the bundle as ca.crt.
//
// A certificate is renewed, with a new key, when two thirds of its life are over. For an authority
// that takes three steps, so that nobody meets a leaf whose issuer he cannot know yet:
//
//  1. The successor is made and published in the bundle. The current authority goes on signing.
//  2. After the overlap (AuthorityOptions) the successor signs, and all leaves are signed again.
//     The old key is thrown away; the old certificate stays in the bundle.
//  3. When everything the old authority has signed has expired, its certificate leaves the bundle.
//
// Who writes Secrets does it in this order, and in one pass: the authority's with the result of
// EnsureAuthority, then all of its leaves' with those of EnsureLeaf.
//
// An authority whose key has leaked is replaced at once by deleting its Secret. Clients then refuse
// the broker until they have the new bundle; that is the point of it.
//
// Knows: X.509, PEM, when certificates have to be renewed and in which order.
// Does not know: Kubernetes, files, the clock, who serves or trusts a certificate.
package pki
