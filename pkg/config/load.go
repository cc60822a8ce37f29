// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/viper"
)

// LoadOptions says which sources besides the file count.
type LoadOptions struct {
	// Environment makes variables FLASHMQ_<KEY> override the file.
	Environment bool
	// Set holds key=value settings that override everything else.
	Set []string
	// Elsewhere says the file is for another machine: paths in it are not looked at.
	Elsewhere bool
	// Now is when the certificates must be valid; their dates do not matter if it is zero.
	Now time.Time
	// Revision makes Config.Revision of the files of the configuration, in the order in which they
	// are read: an included one comes after the one that names it. It borrows them.
	Revision func(files ...[]byte) string
}

// Load reads the file at path, YAML when it is called .yaml or .yml, merges the other sources over
// it and checks the result. With an empty path it starts from Local instead of a file. The error
// is a *Problems; warnings come back with and without one.
func Load(path string, o LoadOptions) (*Config, []Warning, error) {
	if o.Revision == nil {
		return load(path, o, disk{})
	}
	f := newRecorder()
	c, warnings, err := load(path, o, f)
	if err == nil && len(f.contents) > 0 {
		c.Revision = o.Revision(f.contents...)
	}
	return c, warnings, err
}

func load(path string, o LoadOptions, f files) (*Config, []Warning, error) {
	r := &report{}
	l := &loader{report: r, path: path, document: newDocument(r), files: f}
	l.viper = viper.NewWithOptions(viper.WithDecoderRegistry(l))
	l.defaults()
	l.readFile()
	if o.Environment {
		l.bindEnvironment()
	}
	l.bindFlags(o.Set)
	c := l.assemble()
	c.checkTogether(r, l.place)
	if !o.Elsewhere {
		c.checkPaths(r, l.place, o.Now)
	}
	if err := r.err(); err != nil {
		return nil, r.warnings, err
	}
	c.advise(r, l.place)
	return c, r.warnings, nil
}

// loader merges the sources. viper holds what each of them says and answers which one wins; the
// words it answers with carry their place, so problems can name it.
type loader struct {
	*report
	path     string
	document *document
	files    files
	viper    *viper.Viper
	flags    map[string]*override
	winners  map[string]entry // the value that counts, the last one of a list
}

// Ours: the names of our two readers in viper.
const (
	formatConf = "flashmq"
	formatYAML = "yaml"
)

// viper refuses formats it does not list, also ones with a decoder of their own.
func init() { viper.SupportedExts = append(viper.SupportedExts, formatConf) }

// Decoder answers viper's question for the reader of a format.
func (l *loader) Decoder(format string) (viper.Decoder, error) {
	switch format {
	case formatConf:
		return decoder(l.decodeConf), nil
	case formatYAML:
		return decoder(l.decodeYAML), nil
	}
	return nil, errors.New("no reader for " + format)
}

type decoder func(text []byte, into map[string]any) error

func (d decoder) Decode(text []byte, into map[string]any) error { return d(text, into) }

func (l *loader) decodeConf(text []byte, into map[string]any) error {
	r := newReader(l.document, l.files)
	if reason := r.enter(l.path); reason != "" {
		return errors.New(reason)
	}
	r.text(l.path, text)
	l.document.export(into)
	return nil
}

func (l *loader) decodeYAML(text []byte, into map[string]any) error {
	l.document.readYAML(l.path, text)
	l.document.export(into)
	return nil
}

// defaults tells viper what holds without any source.
func (l *loader) defaults() {
	for i := range globalOptions {
		o := &globalOptions[i]
		if o.Default != "" {
			l.viper.SetDefault(o.Name, []entry{{key: o.Name, words: []string{o.Default}}})
		}
	}
	if l.path == "" {
		key := "allow_anonymous" // as in Local
		l.viper.SetDefault(key, []entry{{key: key, words: []string{"true"}}})
	}
}

func (l *loader) readFile() {
	if l.path == "" {
		return
	}
	at := origin{fromFile, l.path, 0}
	text, err := l.files.read(l.path)
	if err != nil {
		l.problem(at, "", err.Error(), "")
		return
	}
	l.viper.SetConfigType(formatConf)
	if ext := strings.ToLower(filepath.Ext(l.path)); ext == ".yaml" || ext == ".yml" {
		l.viper.SetConfigType(formatYAML)
	}
	if err := l.viper.ReadConfig(bytes.NewReader(text)); err != nil {
		l.problem(at, "", err.Error(), "")
	}
}

// assemble makes the Config from the winning values. What could not be read keeps its default:
// the problem is on record already.
func (l *loader) assemble() *Config {
	c := Defaults()
	if l.path == "" {
		c = Local()
	}
	l.winners = map[string]entry{}
	for i := range globalOptions {
		o := &globalOptions[i]
		entries := l.winning(o)
		if len(entries) > 0 {
			l.winners[o.Name] = entries[len(entries)-1]
		}
		if o.Support == Effective {
			apply(o, entries, c)
		}
	}
	l.replaceLogLevel(c)
	if blocks, ok := l.viper.Get(string(BlockListen)).([]section); ok {
		c.Listeners = nil
		for _, b := range blocks {
			c.Listeners = append(c.Listeners, b.listener())
		}
	}
	return c
}

// winning returns the entries that count for one key, none when it is unset or broken. The
// environment and flags come back from viper as text and are checked here.
func (l *loader) winning(o *Option) []entry {
	switch value := l.viper.Get(o.Name).(type) {
	case []entry:
		return value
	case string:
		at := origin{layer: fromEnvironment, file: variable(o.Name)}
		if f := l.flags[o.Name]; f != nil {
			at = f.at
		}
		if !oneLine(value) {
			l.problem(at, o.Name, errControl.Error(), "")
			return nil
		}
		return l.outside(o, value, at)
	}
	return nil
}

// apply stores the entries of one key in its field of a *Config or *Listener.
func apply(o *Option, entries []entry, in any) {
	field := o.field(in)
	if o.Repeat && len(entries) > 0 {
		reflect.ValueOf(field).Elem().SetZero()
	}
	for _, e := range entries {
		o.parse(e.words, field)
	}
}

func (s *section) listener() Listener {
	l := DefaultListener()
	for _, e := range s.entries {
		find(BlockListen, e.key).parse(e.words, find(BlockListen, e.key).field(&l))
	}
	if !s.has("port") {
		l.Port = l.usualPort()
	}
	return l
}

// replaceLogLevel lets the two old keys override log_level, unless a stronger source set that one.
func (l *loader) replaceLogLevel(c *Config) {
	given := false
	for _, old := range []struct {
		key   string
		level LogLevel
	}{{"quiet", LogWarning}, {"log_debug", LogDebug}} {
		e, ok := l.winners[old.key]
		if !ok || e.at.layer < l.winners["log_level"].at.layer {
			continue
		}
		if !given {
			c.LogLevel, given = LogInfo, true
		}
		var on bool
		find(BlockGlobal, old.key).parse(e.words, &on)
		if on {
			c.LogLevel = old.level
		}
	}
}

// place returns where a value of the assembled Config was written: in the listen block with this
// number, or outside when it is negative.
func (l *loader) place(block int, key string) origin {
	if block < 0 {
		return l.winners[key].at
	}
	if sound := l.document.sound(); block < len(sound) {
		return sound[block].where(key)
	}
	return origin{file: l.path}
}
