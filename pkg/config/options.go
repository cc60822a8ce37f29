// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "strings"

// Block is where a key may stand.
type Block string

// Ours: the three places.
const (
	BlockGlobal Block = "global"
	BlockListen Block = "listen"
	BlockBridge Block = "bridge"
)

// Kind is the shape of an option's value.
type Kind uint8

// Ours: the shapes.
const (
	KindBool Kind = iota
	KindInt
	KindSize // bytes: a plain number, or one with KiB, MiB, GiB
	KindEnum
	KindString
	KindPath
	KindSeconds
	KindMilliseconds
	KindNetworks
	KindAddress
	KindFileMode // octal
	KindStrings  // a list of words
	KindURL      // http or https, something to put a path behind
	KindOrigin   // what a browser says about where a web page comes from
	KindURLPath  // the path of a URL
)

// Reload says when a changed value counts after SIGHUP.
type Reload string

// Ours: the three classes.
const (
	ReloadLive  Reload = "live"  // at once, for everybody
	ReloadNew   Reload = "new"   // for Clients that connect afterwards
	ReloadStart Reload = "start" // after a restart
)

// Support says how far a key works.
type Support uint8

// Ours: the four degrees.
const (
	Effective  Support = iota
	Deprecated         // works, but there is a better key
	Accepted           // read and without effect, because nothing here needs it
	NotYet             // a FlashMQ key that is refused until it works
)

// Option is one row of the table: everything there is to know about one key.
type Option struct {
	Name     string
	Block    Block
	Kind     Kind
	Default  string   // as written in flashmq.conf; "" = unset
	Varies   string   // when the default is another one, in words
	Values   []string // KindEnum: in the order of the constants
	Switch   bool     // KindEnum: the first two are off and on, and may be written as booleans
	Min, Max int64    // numbers; seconds and bytes where the kind says so
	OrZero   bool     // zero is legal although it is below Min
	Repeat   bool     // may stand several times, each adding to the list
	Prefix   bool     // Name is the beginning of a family of keys
	Ours     bool     // not a FlashMQ key
	Meaning  string   // one sentence for the operator
	Differs  string   // what is different from FlashMQ
	Reload   Reload
	Support  Support
	Reason   string // Accepted: why nothing happens; Deprecated: what to use

	global func(*Config) any   // pointer to the field
	listen func(*Listener) any // pointer to the field
	fits   condition           // of a listener that uses the key; nil = every one does
}

// Options returns the whole table in the order of the documentation. The rows are the caller's.
func Options() []Option {
	var out []Option
	for _, t := range [][]Option{globalOptions, listenOptions, bridgeOptions} {
		out = append(out, t...)
	}
	return out
}

// field returns the pointer to o's field in a *Config or *Listener, nil when there is none.
func (o *Option) field(in any) any {
	switch in := in.(type) {
	case *Config:
		if o.global != nil {
			return o.global(in)
		}
	case *Listener:
		if o.listen != nil {
			return o.listen(in)
		}
	}
	return nil
}

// scratch returns a throw-away field to try a value on, nil when values are not read at all.
func (o *Option) scratch() any {
	if o.Block == BlockListen {
		return o.field(&Listener{})
	}
	return o.field(&Config{})
}

func (o *Option) setDefault(in any) {
	field := o.field(in)
	if field == nil || o.Default == "" {
		return
	}
	if reason, _ := o.parse([]string{o.Default}, field); reason != "" {
		panic("config: default of " + o.Name + ": " + reason)
	}
}

// table returns the rows of one block.
func table(b Block) []Option {
	switch b {
	case BlockListen:
		return listenOptions
	case BlockBridge:
		return bridgeOptions
	}
	return globalOptions
}

// find returns the row for a key in a block, nil when the key is unknown there.
func find(b Block, key string) *Option {
	rows := table(b)
	for i := range rows {
		o := &rows[i]
		if o.Name == key || o.Prefix && len(key) > len(o.Name) && strings.HasPrefix(key, o.Name) {
			return o
		}
	}
	return nil
}
