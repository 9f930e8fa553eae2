package backend

import (
	"runtime"
	"syscall"
)

// The kernel ties a parent-death signal to the thread that made the child, so
// the main goroutine, which starts the children, must keep its thread.
func init() { runtime.LockOSThread() }

// diesWithParent makes sure that no child outlives a killed parent.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
