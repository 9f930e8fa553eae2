package logs

import (
	"fmt"
	"net/http"
	"time"
)

// behaviour is how a container's log is served.
type behaviour struct {
	kind   string
	number int
}

// read is the behaviour that a text names: one word, and a number for some.
func readBehaviour(text string) (behaviour, error) {
	var b behaviour
	if text == "" {
		return b, nil
	}
	found, _ := fmt.Sscan(text, &b.kind, &b.number)
	switch {
	case b.kind == "endless" && found == 1:
	case (b.kind == "status" || b.kind == "cut" || b.kind == "slow") && found == 2:
	default:
		return b, fmt.Errorf("behaviour %q: none of `status CODE`, `cut BYTES`, `slow MILLISECONDS`, `endless`", text)
	}
	return b, nil
}

// serve writes a log, or what is to happen instead.
func (b behaviour) serve(w http.ResponseWriter, r *http.Request, log []byte) {
	flush := http.NewResponseController(w).Flush
	switch b.kind {
	case "status":
		http.Error(w, fmt.Sprintf("the stand-in kubelet answers %d", b.number), b.number)
	case "cut":
		_, _ = w.Write(log[:min(b.number, len(log))])
		_ = flush()
		panic(http.ErrAbortHandler)
	case "slow":
		for _, letter := range log {
			if !wait(r, time.Duration(b.number)*time.Millisecond) {
				return
			}
			_, _ = w.Write([]byte{letter})
			_ = flush()
		}
	case "endless":
		for r.Context().Err() == nil && len(log) > 0 {
			if _, err := w.Write(log); err != nil {
				return
			}
		}
	default:
		_, _ = w.Write(log)
	}
}

// wait reports whether somebody still listens afterwards.
func wait(r *http.Request, pause time.Duration) bool {
	select {
	case <-r.Context().Done():
		return false
	case <-time.After(pause):
		return true
	}
}
