package serve

import (
	_ "embed"
	"os"
	"strconv"

	"kubectl-seldon.test/control-plane/internal/pki"
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// writeAuditPolicy puts down which requests are noted.
func writeAuditPolicy(file string) error {
	return os.WriteFile(file, auditPolicy, 0o600)
}

// apiServer is what differs between two API servers.
type apiServer struct {
	port       int
	etcd       string
	etcdPrefix string
	certDir    string
	tokens     string
	policy     string // which requests are noted
	audit      string // where
	keys       pki.Files
}

// args is kube-apiserver's command line.
func (a apiServer) args() []string {
	return []string{
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1", // otherwise it looks for a default route, which a sandbox lacks
		"--secure-port=" + strconv.Itoa(a.port),
		"--cert-dir=" + a.certDir,
		"--tls-cert-file=" + a.keys.ServerCert,
		"--tls-private-key-file=" + a.keys.ServerKey,

		"--etcd-servers=" + a.etcd,
		"--etcd-prefix=" + a.etcdPrefix,
		"--etcd-compaction-interval=0",      // nothing lives long enough
		"--etcd-count-metric-poll-period=0", // nobody reads the metric

		"--audit-policy-file=" + a.policy,
		"--audit-log-path=" + a.audit,

		"--anonymous-auth=false",
		"--token-auth-file=" + a.tokens,
		"--authorization-mode=Node,RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + a.keys.ServiceAccountKey,
		"--service-account-signing-key-file=" + a.keys.ServiceAccountKey,
		// No controller makes service accounts here, so pods would be refused.
		"--disable-admission-plugins=ServiceAccount",

		"--service-cluster-ip-range=10.96.0.0/16",
		"--endpoint-reconciler-type=none", // a loopback address is no valid endpoint
		"--enable-priority-and-fairness=false",
		"--allow-privileged=true",
		"--profiling=false",
	}
}
