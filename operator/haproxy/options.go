// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

// Options is all that Render looks at. Zero stands for a default where one is named.
type Options struct {
	// BindAddress is where HAProxy listens: all IPv4 addresses if empty, all of both families for
	// "::", or one address.
	BindAddress string
	Listeners   []Listener
	// Servers are the brokers. A broker has one line for ever: its ID decides which Clients it
	// gets, so neither its place in the list nor its address may.
	Servers []Server
	// OnDown says what becomes of Clients whose broker does not answer.
	OnDown OnDown
	// HoldSeconds is about how long a connection waits for its broker with Refuse; 30 if 0.
	HoldSeconds int
	// AcceptProxyFrom are the networks (CIDR) of load balancers before us: from there each
	// connection has to begin with a PROXY header, from elsewhere none may.
	AcceptProxyFrom []string
	// MaxConnectBytes is the largest CONNECT packet that gets through where HAProxy reads it;
	// 131072 if 0.
	MaxConnectBytes int
	// BackendTLS is how HAProxy speaks with the brokers; in clear text if nil.
	BackendTLS *BackendTLS
	Timeouts   Timeouts
	// MaxReloads is how many reloads the connections of a process outlive; 10 if 0.
	MaxReloads int
	// MetricsPort serves /metrics for Prometheus and /healthz for probes.
	MetricsPort int
	// TrustPort is where brokers tell whether they believe our PROXY headers (GET /proxyz); then
	// MetricsPort serves /startupz, which passes their answer on.
	TrustPort int
	// SocketPath is the unix socket of the runtime API.
	SocketPath string
	// Threads and MaxConnections are HAProxy's own choice if 0.
	Threads        int
	MaxConnections int
	// ExtraGlobal and ExtraDefaults are lines of HAProxy for these sections. See extra.go for what
	// is refused.
	ExtraGlobal   string
	ExtraDefaults string
}

// Listener is a port that Clients connect to.
type Listener struct {
	// Name is a DNS label. Frontend and backend are called so.
	Name     string
	BindPort int
	// BrokerPort is the port of the brokers on which a PROXY header is mandatory.
	BrokerPort int
	// WebSocketPort is the same for the WebSocket Clients of a Listener for Both; BrokerPort if 0.
	WebSocketPort int
	// HealthPort is where brokers answer GET /readyz, without a PROXY header. Reroute needs it.
	HealthPort int
	Protocol   Protocol
	TLS        TLS
	Balance    Balance
}

// Protocol is what Clients speak on a Listener.
type Protocol string

const (
	MQTT      Protocol = "MQTT"
	WebSocket Protocol = "WebSocket"
	// Both is told apart by the first bytes.
	Both Protocol = "Both"
)

// Balance is how a broker is chosen for a connection.
type Balance string

const (
	// ClientID gives the same Client Identifier to the same broker, in every HAProxy. WebSocket
	// Clients of a Listener for Both are balanced by Source: their CONNECT cannot be read.
	ClientID Balance = "ClientID"
	// LeastConn takes the broker with the fewest connections.
	LeastConn Balance = "LeastConn"
	// Source gives the same address to the same broker.
	Source Balance = "Source"
)

// OnDown is what becomes of Clients whose broker does not answer.
type OnDown string

const (
	// Refuse never gives a Client to another broker. Its connection is held while the broker
	// restarts. There are no health checks, so an Address has to stay while the broker is away:
	// that of a Service, not that of a pod.
	Refuse OnDown = "Refuse"
	// Reroute gives Clients to another broker while a health check fails.
	Reroute OnDown = "Reroute"
)

// TLSMode is who speaks TLS with Clients.
type TLSMode string

const (
	Plain       TLSMode = ""
	Passthrough TLSMode = "Passthrough"
	Terminate   TLSMode = "Terminate"
)

// Verify is whether Clients have to show a certificate.
type Verify string

const (
	VerifyNone     Verify = ""
	VerifyOptional Verify = "Optional"
	VerifyRequired Verify = "Required"
)

// TLS is how Clients speak TLS on a Listener. All fields but Mode are for Terminate.
type TLS struct {
	Mode TLSMode
	// CertFile holds the certificate and its key, or is name.crt with the key in name.key.
	CertFile string
	// CAFile is for VerifyOptional and VerifyRequired; the broker is told the Common Name.
	CAFile  string
	CRLFile string
	Verify  Verify
	// MinVersion is "1.2", also if empty, or "1.3".
	MinVersion string
}

// BackendTLS proves HAProxy and brokers to each other.
type BackendTLS struct {
	CertFile, CAFile string
	// ServerName has to be in the certificate of every broker.
	ServerName string
}

// Server is a broker.
type Server struct {
	// Name is a DNS label.
	Name string
	// Address is an IP address, or a full DNS name: search domains are not tried.
	Address string
	// ID is at least 1 and stays for the life of a broker: its ordinal and 1.
	ID int
}

// Timeouts are in seconds.
type Timeouts struct {
	Connect int // of one attempt to reach a broker; 5 if 0
	Client  int // of silence until Client and broker are connected to each other; 60 if 0
	Tunnel  int // of silence afterwards, longer than any Keep Alive; 86400 if 0
	Inspect int // for the first packet to arrive; 10 if 0
}
