// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// nearest returns "did you mean X?" for the candidate closest to word, or "" when every candidate
// would need half of the word or more to be changed.
func nearest(word string, candidates []string) string {
	if len(word) > longestGuess {
		return ""
	}
	best, least := "", (len(word)+1)/2
	for _, c := range candidates {
		if d := distance(word, c, least); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// Ours: longer words are no slip of the finger, and comparing them would take long.
const longestGuess = 128

// distance counts the bytes to insert, delete or replace to turn a into b. It may stop early and
// answer limit when the true number is not below it.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// suggestKey guesses which key of the block was meant.
func suggestKey(b Block, key string) string {
	var names []string
	for _, o := range table(b) {
		names = append(names, o.Name)
	}
	if b == BlockGlobal {
		names = append(names, includeKey, string(BlockListen), string(BlockBridge))
	}
	return nearest(key, names)
}
