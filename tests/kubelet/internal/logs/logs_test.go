package logs

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const stored = "2025-06-01T12:00:00Z first\n2025-06-01T12:00:01.5Z second\n2025-06-01T12:00:02Z \xff third\n"

// start serves one container's log.
func start(t *testing.T, behaviour string) *httptest.Server {
	t.Helper()
	dir := t.TempDir()
	pod := filepath.Join(dir, "ns", "pod")
	if err := os.MkdirAll(pod, 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"agent.log": stored, "agent.behaviour": behaviour, "agent.previous.log": stored[:27]}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(pod, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(Handler(dir))
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, server *httptest.Server, path string) (int, string, error) {
	t.Helper()
	response, err := server.Client().Get(server.URL + "/containerLogs/ns/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func TestServesWhatIsAskedFor(t *testing.T) {
	server := start(t, "")
	for query, want := range map[string]string{
		"":                                   "first\nsecond\n\xff third\n",
		"timestamps=true":                    stored,
		"tailLines=2":                        "second\n\xff third\n",
		"tailLines=0":                        "",
		"tailLines=9":                        "first\nsecond\n\xff third\n",
		"limitBytes=8":                       "first\nse",
		"tailLines=2&limitBytes=3":           "sec",
		"sinceTime=2025-06-01T12:00:01.500Z": "second\n\xff third\n",
		"sinceTime=2025-06-01T12:00:02Z&tailLines=2": "\xff third\n",
		"sinceSeconds=5": "",
		"previous=true":  "first\n",
	} {
		code, body, err := get(t, server, "pod/agent?"+query)
		if code != 200 || body != want || err != nil {
			t.Errorf("%s: %d %q %v", query, code, body, err)
		}
	}
}

func TestRefusesAsAKubeletDoes(t *testing.T) {
	server := start(t, "")
	for path, want := range map[string]string{
		"gone/agent":              `404 pod "gone" does not exist`,
		"pod/other":               `400 container "other" in pod "pod" is waiting to start: ContainerCreating`,
		"pod/other?previous=true": `400 previous terminated container "other" in pod "pod" not found`,
		"pod/agent?tailLines=x":   `400 tailLines=x: strconv.Atoi: parsing "x": invalid syntax`,
		"pod/agent?follow=true":   `400 follow=true: this stand-in does not know it`,
	} {
		code, body, _ := get(t, server, path)
		if got := strings.TrimSpace(fmt.Sprintf("%d %s", code, body)); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestMisbehavesOnRequest(t *testing.T) {
	if code, body, _ := get(t, start(t, "status 403"), "pod/agent"); code != 403 {
		t.Errorf("%d %s", code, body)
	}
	if _, body, err := get(t, start(t, "cut 9"), "pod/agent"); body != "first\nsec" || err == nil {
		t.Errorf("%q %v", body, err)
	}
	if code, body, _ := get(t, start(t, "elsewhere"), "pod/agent"); code != 500 {
		t.Errorf("%d %s", code, body)
	}
	if _, body, err := get(t, start(t, "slow 1"), "pod/agent"); body != "first\nsecond\n\xff third\n" || err != nil {
		t.Errorf("%q %v", body, err)
	}
	endless := start(t, "endless")
	response, err := endless.Client().Get(endless.URL + "/containerLogs/ns/pod/agent?limitBytes=5")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
		t.Error(err)
	}
	response.Body.Close()
}
