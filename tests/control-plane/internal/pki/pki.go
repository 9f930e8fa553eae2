// Package pki makes the throw-away key material of one control plane.
//
// A separate authority signs the serving certificate because rustls, unlike
// Go and OpenSSL, refuses a leaf that is its own trust anchor.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Files says where the material lies; CA is the authority in PEM, for kubeconfigs.
type Files struct {
	CA                []byte
	ServerCert        string
	ServerKey         string
	ServiceAccountKey string
}

// Write makes an authority, a serving certificate for the loopback address and
// a key that signs service account tokens, all new, and stores them in dir.
func Write(dir string) (Files, error) {
	files := Files{
		ServerCert:        filepath.Join(dir, "server.crt"),
		ServerKey:         filepath.Join(dir, "server.key"),
		ServiceAccountKey: filepath.Join(dir, "service-account.key"),
	}
	caKey, err := newKey()
	if err != nil {
		return files, err
	}
	serverKey, err := newKey()
	if err != nil {
		return files, err
	}
	accountKey, err := newKey()
	if err != nil {
		return files, err
	}

	ca, err := template("control-plane test authority")
	if err != nil {
		return files, err
	}
	ca.IsCA = true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign

	leaf, err := template("kube-apiserver")
	if err != nil {
		return files, err
	}
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}

	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return files, fmt.Errorf("sign the authority: %w", err)
	}
	// Read back, for the key identifier that strict clients want in the leaf.
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return files, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, serverKey.Public(), caKey)
	if err != nil {
		return files, fmt.Errorf("sign the serving certificate: %w", err)
	}

	files.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	leafPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER})
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), files.CA, 0o600); err != nil {
		return files, err
	}
	if err := os.WriteFile(files.ServerCert, leafPEM, 0o600); err != nil {
		return files, err
	}
	if err := writeKey(files.ServerKey, serverKey); err != nil {
		return files, err
	}
	return files, writeKey(files.ServiceAccountKey, accountKey)
}

// newKey uses an elliptic curve: an RSA key would cost a good part of the start-up time.
func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func template(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(30 * 24 * time.Hour),
		BasicConstraintsValid: true,
	}, nil
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}
