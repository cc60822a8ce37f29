// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import "github.com/flashmq/flashmq/pkg/config"

// fields are where in the spec a key of flashmq.conf that concerns all listeners is set.
var fields = map[string]string{
	"allow_anonymous":                        "auth.anonymous",
	"client_max_write_buffer_size":           "config.limits.clientWriteBufferBytes",
	"drain_deadline":                         "drain.deadlineSeconds",
	"drain_rate":                             "drain.ratePerSecond",
	"expire_retained_messages_after_seconds": "config.retained.expirySeconds",
	"expire_sessions_after_seconds":          "config.sessionExpirySeconds",
	"log_format":                             "logging.format",
	"log_level":                              "logging.level",
	"log_subscriptions":                      "logging.subscriptions",
	"max_packet_size":                        "config.limits.maxPacketBytes",
	"max_qos_bytes_pending_per_client":       "config.limits.queueBytesPerClient",
	"max_queued_messages_per_client":         "config.limits.queueMessagesPerClient",
	"max_retained_bytes":                     "config.retained.maxBytes",
	"max_string_length":                      "config.limits.stringBytes",
	"max_topic_split_depth":                  "config.limits.topicLevels",
	"minimum_wildcard_subscription_depth":    "config.limits.wildcardMinDepth",
	"retained_messages_mode":                 "config.retained.mode",
	"server_reference":                       "drain.serverReference",
	"shared_subscription_targeting":          "config.sharedSubscriptions",
	"thread_count":                           "config.eventLoops",
}

// Field is where in the spec a key of flashmq.conf comes from that concerns all listeners.
func Field(key string) string {
	if field, ok := fields[key]; ok {
		return field
	}
	return "config.extra[" + key + "]"
}

// Standard is the value that such a key has when nothing is said.
func Standard(key string) string {
	for _, o := range config.Options() {
		if o.Block == config.BlockGlobal && o.Name == key {
			return o.Default
		}
	}
	return ""
}
