// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

// keptLevels is the number of levels up to which a Path keeps the memory of the last name.
const keptLevels = 64

// Path is a Topic Name on its way down a Tree. Each level is cut off and hashed at most once, and
// only when the walk gets there, however many branches it goes down.
type Path struct {
	levels []Level
	rest   string
	more   bool
}

// Level is one level of a Path: its bytes, which are the name's, and their Sum.
type Level struct {
	Text string
	Sum  uint64
}

// Start begins with a name, which is borrowed until the next Start.
func (p *Path) Start(name string) {
	if p.rest, p.more = name, true; len(p.levels) > keptLevels {
		p.levels = nil
	}
	p.levels = p.levels[:0]
}

// Level returns the i-th level, nil behind the last one. The levels before have been asked for.
func (p *Path) Level(i int) *Level {
	if i < len(p.levels) {
		return &p.levels[i]
	}
	return p.cut()
}

func (p *Path) cut() *Level {
	if !p.more {
		return nil
	}
	var level string
	level, p.rest, p.more = CutLevel(p.rest)
	p.levels = append(p.levels, Level{level, Sum(level)})
	return &p.levels[len(p.levels)-1]
}
