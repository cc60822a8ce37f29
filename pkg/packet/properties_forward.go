// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// From the specification: what a Server passes on with a message, unaltered [MQTT-3.3.2-4],
// [MQTT-3.3.2-15], [MQTT-3.3.2-16], [MQTT-3.3.2-17], [MQTT-3.3.2-20].
const forwarded = 1<<PayloadFormat | 1<<ContentType | 1<<ResponseTopic | 1<<CorrelationData |
	1<<UserProperty

// Forward returns those properties of a PUBLISH or a Will that belong to the Application Message,
// encoded, without a length before them, in the order received: mqtt.Message.Properties. The
// result borrows the decoded packet's bytes when they stand together there, which is usual;
// otherwise it is appended to scratch. Properties that were set make it nil when they do not fit
// the wire format.
func (p *Properties) Forward(scratch []byte) []byte {
	if p.present&forwarded == 0 {
		return nil
	}
	if p.present&intact == 0 {
		start := len(scratch)
		b, err := p.appendSome(scratch, p.present&forwarded)
		if err != nil {
			return nil
		}
		return b[start:]
	}
	if p.present&presence&^forwarded == 0 {
		return p.wire
	}
	return forwardRuns(p.wire, scratch)
}

// forwardRuns is Forward for a decoded block with something to leave out. As long as only one run
// of neighbours is found it is just remembered.
func forwardRuns(block, scratch []byte) []byte {
	start, end, copied := 0, 0, len(scratch)
	for at := 0; at < len(block); {
		size := propertyLength(block[at:])
		if forwarded>>block[at]&1 != 0 {
			if at != end {
				scratch = append(scratch, block[start:end]...)
				start = at
			}
			end = at + size
		}
		at += size
	}
	if len(scratch) == copied {
		return block[start:end:end]
	}
	return append(scratch, block[start:end]...)[copied:]
}
