package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// probe asks the API server as the admin.
type probe struct {
	server string
	token  string
	client *http.Client
}

func newProbe(server string, ca []byte, token string) *probe {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &probe{server: server, token: token, client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}
}

func (p *probe) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", path, response.Status)
	}
	return body, nil
}

// wait returns the server's version once it is ready. The namespace is asked
// for too: readiness comes a moment before a controller has made it.
func (p *probe) wait(ctx context.Context) (string, error) {
	var last error
	for _, path := range []string{"/readyz", "/api/v1/namespaces/default"} {
		for {
			_, err := p.get(ctx, path)
			if err == nil {
				break
			}
			if ctx.Err() == nil {
				last = err
			}
			select {
			case <-ctx.Done():
				return "", errors.Join(context.Cause(ctx), last)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	body, err := p.get(ctx, "/version")
	if err != nil {
		return "", err
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(body, &version); err != nil {
		return "", fmt.Errorf("GET /version: %w", err)
	}
	return version.GitVersion, nil
}
