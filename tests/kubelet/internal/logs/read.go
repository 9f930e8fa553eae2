package logs

import (
	"bytes"
	"time"
)

// chosen is the part of a stored log that is asked for. The kubelet counts the
// last lines first, and leaves those out that are too old afterwards; the
// limit cuts wherever it falls, within a line or a letter.
func chosen(stored []byte, o options) []byte {
	lines := bytes.SplitAfter(stored, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) == 0 {
		lines = lines[:last]
	}
	if o.tail >= 0 && o.tail < len(lines) {
		lines = lines[len(lines)-o.tail:]
	}
	var out []byte
	for _, line := range lines {
		stamp, text, _ := bytes.Cut(line, []byte(" "))
		if at, err := time.Parse(time.RFC3339Nano, string(stamp)); err == nil && at.Before(o.since) {
			continue
		}
		if o.timestamps {
			text = line
		}
		out = append(out, text...)
	}
	if o.limit >= 0 && o.limit < len(out) {
		out = out[:o.limit]
	}
	return out
}
