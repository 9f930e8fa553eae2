// Package kubeconfig makes the users of a control plane and the file that names them.
package kubeconfig

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Admin may do everything; every other user of Users may do nothing until a
// test binds a role to it.
const Admin = "admin"

// User is somebody the API server knows by a static token.
type User struct {
	Name   string
	Token  string
	Groups []string
}

// NewUsers returns the users of one control plane with fresh tokens.
func NewUsers() []User {
	return []User{
		{Name: Admin, Token: newToken(), Groups: []string{"system:masters"}},
		{Name: "alice", Token: newToken()},
		{Name: "bob", Token: newToken()},
	}
}

func newToken() string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails since Go 1.24
	return hex.EncodeToString(raw)
}

// WriteTokens writes the users as a static token file.
func WriteTokens(path string, users []User) error {
	var lines strings.Builder
	for _, u := range users {
		fmt.Fprintf(&lines, "%s,%s,uid-%s,%q\n", u.Token, u.Name, u.Name, strings.Join(u.Groups, ","))
	}
	return os.WriteFile(path, []byte(lines.String()), 0o600)
}

// Write writes a kubeconfig with one context for each user, named like the
// user; everything is embedded, so the file may be copied elsewhere.
func Write(path, server string, ca []byte, users []User) error {
	const cluster = "control-plane"
	config := api.NewConfig()
	config.Clusters[cluster] = &api.Cluster{Server: server, CertificateAuthorityData: ca}
	for _, u := range users {
		config.AuthInfos[u.Name] = &api.AuthInfo{Token: u.Token}
		config.Contexts[u.Name] = &api.Context{Cluster: cluster, AuthInfo: u.Name}
	}
	config.CurrentContext = Admin
	return clientcmd.WriteToFile(*config, path)
}
