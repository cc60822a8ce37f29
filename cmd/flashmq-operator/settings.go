// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

// settings are what the operator is told. A flag is stronger than the environment, and that than
// the file.
type settings struct {
	namespaces     []string // none: all of them
	selector       labels.Selector
	image          string
	proxyImage     string
	agentImage     string
	namespace      string // where the operator runs; empty outside of a cluster
	podName        string // its pod; empty outside of one
	podUID         string
	clusterDomain  string
	rollouts       int
	workers        int
	metricsAddress string
	healthAddress  string
	elect          bool
	electNamespace string
	logLevel       string
	logFormat      string
}

// Ours: the variable of a flag is its name in capitals behind this.
const environmentPrefix = "FLASHMQ_OPERATOR"

var errHelp = errors.New("help was asked for")

// newFlags is the one list of settings: name, default, meaning.
func newFlags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("flashmq-operator", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.String("config", "", "YAML file with settings, by the names of these flags")
	fs.StringSlice("namespaces", nil, "namespaces to look after (default all)")
	fs.String("selector", "", "label selector: look after matching FlashMQBrokers only")
	fs.String("image", "", "broker image for FlashMQBrokers that name none")
	fs.String("proxy-image", "", "HAProxy image for FlashMQBrokers that name none")
	fs.String("agent-image", "", "image of this operator, whose agent runs beside HAProxy")
	fs.String("namespace", "", "namespace the operator runs in (default that of its pod)")
	fs.String("cluster-domain", "cluster.local", "domain of the cluster's Services")
	fs.Int("max-concurrent-rollouts", 1, "how many FlashMQBrokers may restart pods at a time")
	fs.Int("workers", 4, "how many FlashMQBrokers are reconciled at a time")
	fs.String("metrics-address", ":8080", "where /metrics is served; 0 = not at all")
	fs.String("health-address", ":8081", "where /healthz and /readyz are served")
	fs.Bool("leader-elect", true, "work only while holding the lease, so that several can run")
	fs.String("leader-election-namespace", "", "namespace of the lease (default the pod's)")
	fs.String("log-level", "info", "debug, info, warning or error")
	fs.String("log-format", "json", "json or text")
	fs.Bool("version", false, "show the version")
	return fs
}

// readSettings merges command line, environment and file. help is where usage goes when it is
// asked for, or the error is errHelp; all other errors name the setting and where it came from.
func readSettings(args []string, help io.Writer) (*settings, *pflag.FlagSet, error) {
	fs := newFlags()
	fs.Usage = func() {}
	if err := fs.Parse(args); errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(help, "Usage: flashmq-operator [flags]\n\n%s\nEach flag can also be given "+
			"by the environment, such as %s_LOG_LEVEL=debug.\n", fs.FlagUsages(), environmentPrefix)
		return nil, fs, errHelp
	} else if err != nil {
		return nil, fs, err
	}
	if fs.NArg() > 0 {
		return nil, fs, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	v := viper.New()
	v.SetEnvPrefix(environmentPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	for _, names := range [][]string{{"namespace", environmentPrefix + "_NAMESPACE",
		"POD_NAMESPACE"}, {"pod-name", "POD_NAME"}, {"pod-uid", "POD_UID"}} {
		if err := v.BindEnv(names...); err != nil {
			return nil, fs, err
		}
	}
	if err := v.BindPFlags(fs); err != nil {
		return nil, fs, err
	}
	if err := readFile(v, fs); err != nil {
		return nil, fs, err
	}
	s, err := collect(v)
	return s, fs, err
}

func readFile(v *viper.Viper, fs *pflag.FlagSet) error {
	file := v.GetString("config")
	if file == "" {
		return nil
	}
	only := viper.New() // knows no flags and no environment: what the file says
	only.SetConfigFile(file)
	only.SetConfigType("yaml")
	if err := only.ReadInConfig(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, key := range only.AllKeys() {
		if fs.Lookup(key) == nil || key == "config" || key == "version" {
			return fmt.Errorf("%s: unknown setting %s (flashmq-operator --help lists them)", file,
				key)
		}
	}
	return v.MergeConfigMap(only.AllSettings())
}

func collect(v *viper.Viper) (*settings, error) {
	s := &settings{
		namespaces: words(v.GetStringSlice("namespaces")), image: v.GetString("image"),
		proxyImage: v.GetString("proxy-image"), agentImage: v.GetString("agent-image"),
		namespace: v.GetString("namespace"), clusterDomain: v.GetString("cluster-domain"),
		podName: v.GetString("pod-name"), podUID: v.GetString("pod-uid"),
		metricsAddress: v.GetString("metrics-address"),
		healthAddress:  v.GetString("health-address"),
		electNamespace: v.GetString("leader-election-namespace"),
		logLevel:       v.GetString("log-level"), logFormat: v.GetString("log-format"),
	}
	for _, n := range s.namespaces {
		if problems := validation.IsDNS1123Label(n); problems != nil {
			return nil, fmt.Errorf("namespaces: %q: %s", n, problems[0])
		}
	}
	var err error
	if s.selector, err = labels.Parse(v.GetString("selector")); err != nil {
		return nil, fmt.Errorf("selector: %w", err)
	}
	if s.rollouts, err = number(v, "max-concurrent-rollouts"); err != nil {
		return nil, err
	}
	if s.workers, err = number(v, "workers"); err != nil {
		return nil, err
	}
	switch text := strings.ToLower(v.GetString("leader-elect")); text {
	case "true", "false":
		s.elect = text == "true"
	default:
		return nil, fmt.Errorf("leader-elect: %q is neither true nor false", text)
	}
	if problems := validation.IsDNS1123Subdomain(s.clusterDomain); problems != nil {
		return nil, fmt.Errorf("cluster-domain: %q: %s", s.clusterDomain, problems[0])
	}
	return s, s.checkLog()
}

func (s *settings) checkLog() error {
	if !slices.Contains([]string{"debug", "info", "warning", "error"}, s.logLevel) {
		return fmt.Errorf("log-level: %q is none of debug, info, warning, error", s.logLevel)
	}
	if s.logFormat != "json" && s.logFormat != "text" {
		return fmt.Errorf("log-format: %q is neither json nor text", s.logFormat)
	}
	return nil
}

// Ours: more than this at a time is a mistake.
const mostAtOnce = 1000

func number(v *viper.Viper, key string) (int, error) {
	var n int
	if _, err := fmt.Sscanf(v.GetString(key)+"\n", "%d\n", &n); err != nil || n < 1 ||
		n > mostAtOnce {
		return 0, fmt.Errorf("%s: %q is no number from 1 to %d", key, v.GetString(key), mostAtOnce)
	}
	return n, nil
}

func separates(r rune) bool { return r == ',' || r == ' ' }

// words splits what the environment gives as one text, as flags do.
func words(list []string) (out []string) {
	for _, part := range list {
		out = append(out, strings.FieldsFunc(part, separates)...)
	}
	return out
}
