// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Ours: the size of a file that holds a token and white space around it.
const largestToken = 4 << 10

// errNoToken is told to whoever asks for what nobody may have.
var errNoToken = errors.New("this needs a token, and no admin_token_file is configured")

// authorized lets requests with the token pass. The file is read for each of them, so that it can
// be exchanged at any time.
func (s *Server) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := s.options.TokenFile()
		if path == "" {
			fail(w, http.StatusForbidden, errNoToken)
			return
		}
		token, err := readToken(path)
		if s.tokenBroken.Swap(err != nil) != (err != nil) && err != nil {
			s.options.Log.Error("admin_token_file", "error", err) // once, not for each request
		}
		if err != nil {
			fail(w, http.StatusForbidden, errors.New("the token cannot be read, see the log"))
			return
		}
		if !bears(r, token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, errors.New("no bearer token, or the wrong one"))
			return
		}
		next(w, r)
	}
}

// readToken returns what is in the file but white space around it.
func readToken(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largestToken+1))
	if err != nil {
		return nil, err
	}
	token := bytes.TrimSpace(b)
	switch {
	case len(b) > largestToken:
		return nil, fmt.Errorf("%s is longer than %d bytes", path, largestToken)
	case len(token) == 0:
		return nil, fmt.Errorf("%s is empty", path)
	}
	return token, nil
}

// bears tells whether a request has the token. How long that takes does not depend on either.
func bears(r *http.Request, token []byte) bool {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	a, b := sha256.Sum256([]byte(strings.TrimSpace(given))), sha256.Sum256(token)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
