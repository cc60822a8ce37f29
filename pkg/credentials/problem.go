// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

// Problem is what is wrong with one file.
type Problem struct {
	Key        string // of flashmq.conf, that names the file
	Path       string
	Reason     string
	Suggestion string // how to put it right, if there is a good guess
}

// Error returns "key: path: reason (suggestion)".
func (p *Problem) Error() string {
	text := p.Key + ": " + p.Path + ": " + p.Reason
	if p.Suggestion != "" {
		text += " (" + p.Suggestion + ")"
	}
	return text
}

func (l *loader) refuse(key, path, reason, suggestion string) {
	l.problems = append(l.problems, &Problem{key, path, reason, suggestion})
}

// doubt reports what does not keep a listener from starting.
func (l *loader) doubt(key, path, reason string) {
	l.doubts = append(l.doubts, &Problem{key, path, reason, ""})
}
