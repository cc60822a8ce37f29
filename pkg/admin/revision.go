// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// revisionLength is how many characters of the sum a revision has.
const revisionLength = 16

// Revision names contents: the first 16 characters, in hexadecimal, of a SHA-256 of all parts, each
// behind its length as eight bytes, the most significant first. Whoever has the same contents gets
// the same name, and how they are cut into parts matters.
func Revision(parts ...[]byte) string {
	sum := sha256.New()
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil))[:revisionLength]
}

// JoinRevisions names several revisions together: the Revision of their texts, "" of none.
func JoinRevisions(revisions ...string) string {
	if len(revisions) == 0 {
		return ""
	}
	parts := make([][]byte, len(revisions))
	for i, r := range revisions {
		parts[i] = []byte(r)
	}
	return Revision(parts...)
}
