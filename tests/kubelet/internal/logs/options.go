package logs

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// options are what an API server passes on of a request for a log.
type options struct {
	previous   bool
	timestamps bool
	since      time.Time
	tail       int // lines; all of them when negative
	limit      int // bytes; no limit when negative
}

func parse(query url.Values, now time.Time) (options, error) {
	o := options{tail: -1, limit: -1}
	for key, values := range query {
		value := values[len(values)-1]
		var err error
		switch key {
		case "previous":
			o.previous, err = strconv.ParseBool(value)
		case "timestamps":
			o.timestamps, err = strconv.ParseBool(value)
		case "tailLines":
			o.tail, err = strconv.Atoi(value)
		case "limitBytes":
			o.limit, err = strconv.Atoi(value)
		case "sinceTime":
			o.since, err = time.Parse(time.RFC3339Nano, value)
		case "sinceSeconds":
			var seconds int
			seconds, err = strconv.Atoi(value)
			o.since = now.Add(-time.Duration(seconds) * time.Second)
		default:
			err = fmt.Errorf("this stand-in does not know it")
		}
		if err != nil {
			return o, fmt.Errorf("%s=%s: %w", key, value, err)
		}
	}
	return o, nil
}
