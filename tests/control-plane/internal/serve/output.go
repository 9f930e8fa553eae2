package serve

import (
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// output keeps the caller's stdout and stderr for this program alone.
type output struct {
	stdout, stderr, log *os.File
}

// redirect points file descriptors 1 and 2 at the log: the servers' packages,
// and the runtime in a crash, write there on their own, and a reader of stdout
// expects one line and nothing else.
func redirect(path string) (*output, error) {
	log, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	stdout, err := duplicate(unix.Stdout)
	if err != nil {
		return nil, err
	}
	stderr, err := duplicate(unix.Stderr)
	if err != nil {
		return nil, err
	}
	for _, fd := range []int{unix.Stdout, unix.Stderr} {
		if err := unix.Dup2(int(log.Fd()), fd); err != nil {
			return nil, err
		}
	}
	// A crash is worth telling on both.
	if err := debug.SetCrashOutput(stderr, debug.CrashOptions{}); err != nil {
		return nil, err
	}
	return &output{stdout: stdout, stderr: stderr, log: log}, nil
}

func duplicate(fd int) (*os.File, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(copied), "caller's output"), nil
}

// tail returns the last lines of the log, each cut to a width, for the report
// of a failure: the directory is often gone by the time somebody reads it.
func (o *output) tail(lines, width int) string {
	text, err := os.ReadFile(o.log.Name())
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		all[i] = line[:min(len(line), width)]
	}
	return strings.Join(all, "\n")
}
