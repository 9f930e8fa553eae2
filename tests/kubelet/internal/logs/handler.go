// Package logs serves files as a kubelet serves the logs of containers.
package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Handler serves DIR/NAMESPACE/POD/CONTAINER.log, or CONTAINER.previous.log
// for the container that ran before, and behaves as CONTAINER.behaviour says.
// Each line of a log begins with its time (RFC 3339) and a space.
func Handler(dir string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		container{
			dir:  filepath.Join(dir, r.PathValue("namespace"), r.PathValue("pod")),
			pod:  r.PathValue("pod"),
			name: r.PathValue("container"),
		}.serve(w, r)
	})
	return mux
}

type container struct {
	dir, pod, name string
}

// serve answers with the codes and words of a kubelet.
func (c container) serve(w http.ResponseWriter, r *http.Request) {
	if _, err := os.Stat(c.dir); err != nil {
		http.Error(w, fmt.Sprintf("pod %q does not exist", c.pod), http.StatusNotFound)
		return
	}
	o, err := parse(r.URL.Query(), time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	said, err := c.file("behaviour")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	b, err := readBehaviour(strings.TrimSpace(string(said)))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	log, err := c.log(o.previous)
	if err != nil && b.kind != "status" {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	if b.kind == "endless" {
		o.limit = -1 // misbehaves in this as well
	}
	b.serve(w, r, chosen(log, o))
}

func (c container) log(previous bool) ([]byte, error) {
	if previous {
		log, err := c.file("previous.log")
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("previous terminated container %q in pod %q not found", c.name, c.pod)
		}
		return log, err
	}
	log, err := c.file("log")
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("container %q in pod %q is waiting to start: ContainerCreating", c.name, c.pod)
	}
	return log, err
}

func (c container) file(extension string) ([]byte, error) {
	return os.ReadFile(filepath.Join(c.dir, c.name+"."+extension))
}
