//go:build !linux

package backend

import "syscall"

// diesWithParent cannot be had here: only an orderly end stops the children.
func diesWithParent() *syscall.SysProcAttr { return nil }
