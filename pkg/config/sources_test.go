// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestFlagsOverrideEnvironmentOverridesFile(t *testing.T) {
	t.Setenv("FLASHMQ_MAX_QOS", "1")
	t.Setenv("FLASHMQ_THREAD_COUNT", "2")
	t.Setenv("FLASHMQ_LOG_FILE", "")
	text := memory{
		"f.conf": "allow_anonymous true\nmax_qos 0\nthread_count 7\nlog_file /tmp/f.log\n",
	}
	o := LoadOptions{Environment: true, Set: []string{"thread_count=3", "thread_count=4"}}
	c, _, err := load("f.conf", o, text)
	if err != nil {
		t.Fatal(err)
	}
	if c.MaxQoS != 1 || c.ThreadCount != 4 || c.LogFile != "/tmp/f.log" {
		t.Errorf("max_qos %d, thread_count %d, log_file %q", c.MaxQoS, c.ThreadCount, c.LogFile)
	}
	o.Environment = false
	c, _, err = load("f.conf", o, text)
	if err != nil || c.MaxQoS != 0 {
		t.Errorf("environment counts although it was not asked for: max_qos %d, %v", c.MaxQoS, err)
	}
}

func TestRepeatedKeysOutsideTheFileTakeAllValuesAtOnce(t *testing.T) {
	text := memory{"f.conf": "allow_anonymous true\nwebsocket_set_real_ip_from 10.0.0.0/8\n" +
		"websocket_set_real_ip_from 10.0.0.0/9\n"}
	tests := []struct{ name, environment, flag, want string }{
		{"file", "", "", "[10.0.0.0/8 10.0.0.0/9]"},
		{"environment", "10.1.0.0/16  ::1", "", "[10.1.0.0/16 ::1/128]"},
		{"flag", "10.1.0.0/16", "=10.2.0.0/16 10.3.0.0/16", "[10.2.0.0/16 10.3.0.0/16]"},
		{"none", "10.1.0.0/16", "=", "[]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const key = "websocket_set_real_ip_from"
			t.Setenv(variable(key), test.environment)
			o := LoadOptions{Environment: true}
			if test.flag != "" {
				o.Set = []string{key + test.flag}
			}
			c, _, err := load("f.conf", o, text)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(c.WebSocketSetRealIPFrom); got != test.want {
				t.Errorf("networks %s, want %s", got, test.want)
			}
		})
	}
	t.Setenv("FLASHMQ_WEBSOCKET_SET_REAL_IP_FROM", "10.0.0.1 nonsense")
	_, _, err := load("f.conf", LoadOptions{Environment: true}, text)
	want := `FLASHMQ_WEBSOCKET_SET_REAL_IP_FROM: websocket_set_real_ip_from: "nonsense" is not`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s...", err, want)
	}
}

func TestBadEnvironmentAndFlagsAreNamed(t *testing.T) {
	t.Setenv("FLASHMQ_MAX_QOS", "9")
	t.Setenv("FLASHMQ_STORAGE_DIR", "/var/lib")
	t.Setenv("FLASHMQ_ALLOW_ANONYMUS", "true")
	t.Setenv("FLASHMQ_SERVICE_PORT_MQTT", "1883")
	t.Setenv("FLASHMQ_PORT_1883_TCP_ADDR", "10.0.0.1")
	t.Setenv("FLASHMQ_EDGE_PORT", "tcp://10.0.0.1:1883")
	o := LoadOptions{Environment: true, Set: []string{
		"log_level=loud", "max_qoss=1", "port=1", "thread_count", "include_dir=/tmp",
		"plugin_opt_x=1", "log_file=", "listen=1",
	}}
	_, warnings, err := load("f.conf", o, memory{"f.conf": "allow_anonymous true\n"})
	if err == nil {
		t.Fatal("accepted")
	}
	want := `-o max_qoss=1: max_qoss: unknown key (did you mean max_qos?)
-o port=1: port: belongs inside a listen block
-o thread_count: expected key=value
-o include_dir=/tmp: include_dir: works only in a file
-o plugin_opt_x=1: plugin_opt_x: is not supported yet
-o listen=1: listen: is a block (write "listen {", its keys on lines of their own, then "}")
-o log_level=loud: log_level: "loud" is not one of debug, info, notice, warning, error, none
FLASHMQ_MAX_QOS: max_qos: "9" is not in 0 to 2
FLASHMQ_STORAGE_DIR: storage_dir: is not supported yet`
	if err.Error() != want {
		t.Errorf("got:\n%s\nwant:\n%s", err, want)
	}
	wantWarning := "FLASHMQ_ALLOW_ANONYMUS: allow_anonymus: unknown key " +
		"(did you mean allow_anonymous?)"
	if len(warnings) != 1 || warnings[0].String() != wantWarning {
		t.Errorf("warnings = %v", warnings)
	}
}

func TestFlagValueIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	c, _, err := Load("", LoadOptions{Elsewhere: true, Set: []string{`log_file=/tmp/a "b" #c=d`}})
	if err != nil || c.LogFile != `/tmp/a "b" #c=d` {
		t.Errorf("%+v, %v", c, err)
	}
	_, _, err = Load("", LoadOptions{Elsewhere: true, Set: []string{"log_file=/tmp/a\nmax_qos 1"}})
	if err == nil || !strings.Contains(err.Error(), "line break") {
		t.Errorf("a line break in a flag: %v", err)
	}
}
