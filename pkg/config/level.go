// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "log/slog"

// Ours: levels beside the four of slog. The last three mark lines that log_subscriptions and
// log_publishes ask for; they are above LevelNone, so that log_level does not hide them.
const (
	LevelNotice      slog.Level = 2
	LevelNone        slog.Level = 32
	LevelSubscribe   slog.Level = 33
	LevelUnsubscribe slog.Level = 34
	LevelPublish     slog.Level = 35
)

// Slog returns the level from which on lines are logged.
func (l LogLevel) Slog() slog.Level {
	switch l {
	case LogDebug:
		return slog.LevelDebug
	case LogInfo:
		return slog.LevelInfo
	case LogNotice:
		return LevelNotice
	case LogWarning:
		return slog.LevelWarn
	case LogError:
		return slog.LevelError
	}
	return LevelNone
}
