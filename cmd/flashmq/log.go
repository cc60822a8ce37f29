// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/flashmq/flashmq/pkg/config"
)

// logs is where log lines go and which ones; both can change while lines are being written.
type logs struct {
	*slog.Logger
	level  slog.LevelVar
	stdout io.Writer

	mu   sync.Mutex
	file *os.File // nil = stdout
}

// openLogs starts logging as the Config says. The format stays for the life of the process.
func openLogs(cfg *config.Config, stdout io.Writer) (*logs, error) {
	l := &logs{stdout: stdout}
	l.level.Set(cfg.LogLevel.Slog())
	options := &slog.HandlerOptions{Level: &l.level, ReplaceAttr: nameLevel}
	if cfg.LogFormat == config.LogJSON {
		l.Logger = slog.New(slog.NewJSONHandler(l, options))
	} else {
		l.Logger = slog.New(slog.NewTextHandler(l, options))
	}
	return l, l.reopen(cfg.LogFile)
}

// Write writes one line, which is the caller's.
func (l *logs) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return l.stdout.Write(line)
	}
	return l.file.Write(line)
}

// reopen opens the file anew, as after a rotation: every line goes wholly to the old one or wholly
// to the new one. When it cannot be opened lines go where they went before.
func (l *logs) reopen(path string) error {
	var file *os.File
	if path != "" {
		var err error
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
		if err != nil {
			return fmt.Errorf("open the log file: %w", err)
		}
	}
	l.mu.Lock()
	old := l.file
	l.file = file
	l.mu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

// apply follows a reloaded Config.
func (l *logs) apply(cfg *config.Config) error {
	l.level.Set(cfg.LogLevel.Slog())
	return l.reopen(cfg.LogFile)
}

func (l *logs) close() error { return l.reopen("") }

func (l *logs) notice(message string, args ...any) {
	l.Log(context.Background(), config.LevelNotice, message, args...)
}

// nameLevel gives the levels the names FlashMQ's users look for.
func nameLevel(groups []string, a slog.Attr) slog.Attr {
	level, ok := a.Value.Any().(slog.Level)
	if a.Key != slog.LevelKey || len(groups) > 0 || !ok {
		return a
	}
	switch level {
	case config.LevelNotice:
		a.Value = slog.StringValue("NOTICE")
	case slog.LevelWarn:
		a.Value = slog.StringValue("WARNING")
	case config.LevelSubscribe:
		a.Value = slog.StringValue("SUBSCRIBE")
	case config.LevelUnsubscribe:
		a.Value = slog.StringValue("UNSUBSCRIBE")
	case config.LevelPublish:
		a.Value = slog.StringValue("PUBLISH")
	}
	return a
}
