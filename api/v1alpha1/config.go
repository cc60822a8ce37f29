// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// BrokerConfig are the settings of flashmq.conf that concern all listeners. What is absent is as
// the broker has it by default.
type BrokerConfig struct {
	// sessionExpirySeconds is the longest time a Session outlives its connection, and exactly that
	// time for MQTT 3; 0 means for ever. flashmq.conf: expire_sessions_after_seconds.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:XValidation:rule="self == 0 || self >= 60",message="the broker looks for expired Sessions about once a minute: give at least 60 seconds, or 0 for ever"
	SessionExpirySeconds *int64 `json:"sessionExpirySeconds,omitempty"`

	// retained is about Retained Messages.
	// +optional
	Retained *RetainedConfig `json:"retained,omitempty"`

	// limits keep one Client from taking everything.
	// +optional
	Limits *BrokerLimits `json:"limits,omitempty"`

	// sharedSubscriptions is which member of a shared subscription gets a message. flashmq.conf:
	// shared_subscription_targeting.
	// +optional
	SharedSubscriptions SharedTargeting `json:"sharedSubscriptions,omitempty"`

	// eventLoops is the number of event loops; 0 takes it from the CPU limit. A change restarts the
	// broker. flashmq.conf: thread_count.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1024
	EventLoops *int32 `json:"eventLoops,omitempty"`

	// extra are keys of flashmq.conf that have no field here.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Extra []ConfigKey `json:"extra,omitempty"`
}

// ConfigKey is one line of flashmq.conf.
//
// +kubebuilder:validation:XValidation:rule="!(self.name in ['allow_anonymous', 'client_max_write_buffer_size', 'drain_deadline', 'drain_rate', 'expire_retained_messages_after_seconds', 'expire_sessions_after_seconds', 'log_format', 'log_level', 'log_subscriptions', 'max_packet_size', 'max_qos_bytes_pending_per_client', 'max_queued_messages_per_client', 'max_retained_bytes', 'max_string_length', 'max_topic_split_depth', 'minimum_wildcard_subscription_depth', 'retained_messages_mode', 'server_reference', 'shared_subscription_targeting', 'thread_count'])",message="this key has a field of its own: look for it in config, logging, auth or drain and set it there",fieldPath=".name"
// +kubebuilder:validation:XValidation:rule="!(self.name in ['bridge', 'drain_delay', 'include_dir', 'listen', 'log_debug', 'log_file', 'persistence_data_to_save', 'pidfile', 'plugin', 'quiet', 'save_state_interval', 'storage_dir', 'watch_files']) && !self.name.startsWith('admin_') && !self.name.startsWith('durability') && !self.name.startsWith('plugin_') && !self.name.endsWith('_file') && !self.name.endsWith('_dir')",message="the operator sets this key itself: remove it from extra (listeners are in spec.listeners, the log goes to standard output)",fieldPath=".name"
type ConfigKey struct {
	// name of the key. Keys that have a field here are refused, and so are those that the operator
	// needs for itself: listeners, files and folders, plugins, administration.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9_]*$`
	Name string `json:"name,omitempty"`

	// value of the key, without quotes. Of a key that may be repeated all values, with white space
	// between them.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^[ -~]+$`
	Value string `json:"value,omitempty"`
}

// SharedTargeting is which member of a shared subscription gets a message.
//
// +kubebuilder:validation:Enum=RoundRobin;SenderHash;First
type SharedTargeting string

// The members.
const (
	SharedRoundRobin SharedTargeting = "RoundRobin"
	SharedSenderHash SharedTargeting = "SenderHash"
	SharedFirst      SharedTargeting = "First"
)

// RetainedMode is what becomes of Retained Messages.
//
// +kubebuilder:validation:Enum=Enabled;EnabledWithoutRetaining;Downgrade;Drop;DisconnectWithError
type RetainedMode string

// The modes.
const (
	RetainedEnabled             RetainedMode = "Enabled"
	RetainedWithoutRetaining    RetainedMode = "EnabledWithoutRetaining"
	RetainedDowngrade           RetainedMode = "Downgrade"
	RetainedDrop                RetainedMode = "Drop"
	RetainedDisconnectWithError RetainedMode = "DisconnectWithError"
)

// RetainedConfig is about Retained Messages.
//
// +kubebuilder:validation:MinProperties=1
type RetainedConfig struct {
	// mode is whether they are kept, passed on without keeping, made ordinary messages, discarded,
	// or a reason to disconnect. flashmq.conf: retained_messages_mode.
	// +optional
	Mode RetainedMode `json:"mode,omitempty"`

	// expirySeconds is the longest life of one; without end when absent. flashmq.conf:
	// expire_retained_messages_after_seconds.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	ExpirySeconds int64 `json:"expirySeconds,omitempty"`

	// maxBytes is the memory of all of them together; 0 means no limit. flashmq.conf:
	// max_retained_bytes.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1125899906842624
	MaxBytes *int64 `json:"maxBytes,omitempty"`
}

// BrokerLimits keep one Client from taking everything.
//
// +kubebuilder:validation:MinProperties=1
type BrokerLimits struct {
	// maxPacketBytes is the largest packet accepted. flashmq.conf: max_packet_size.
	// +optional
	// +kubebuilder:validation:Minimum=64
	// +kubebuilder:validation:Maximum=268435455
	MaxPacketBytes int32 `json:"maxPacketBytes,omitempty"`

	// queueMessagesPerClient is how many messages of QoS 1 and 2 may wait for one Session.
	// flashmq.conf: max_queued_messages_per_client.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	QueueMessagesPerClient *int32 `json:"queueMessagesPerClient,omitempty"`

	// queueBytesPerClient is how many bytes of such messages may wait. flashmq.conf:
	// max_qos_bytes_pending_per_client.
	// +optional
	// +kubebuilder:validation:Minimum=4096
	// +kubebuilder:validation:Maximum=1099511627776
	QueueBytesPerClient int64 `json:"queueBytesPerClient,omitempty"`

	// clientWriteBufferBytes is how much may wait for a slow Client before messages of QoS 0 to it
	// are dropped. flashmq.conf: client_max_write_buffer_size.
	// +optional
	// +kubebuilder:validation:Minimum=4096
	// +kubebuilder:validation:Maximum=4294967295
	ClientWriteBufferBytes int64 `json:"clientWriteBufferBytes,omitempty"`

	// topicLevels is how many levels a topic may have. flashmq.conf: max_topic_split_depth.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	TopicLevels int32 `json:"topicLevels,omitempty"`

	// wildcardMinDepth is the first level, counted from 0, that may be a wildcard. flashmq.conf:
	// minimum_wildcard_subscription_depth.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	WildcardMinDepth *int32 `json:"wildcardMinDepth,omitempty"`

	// stringBytes is the longest text on the wire; 0 means 65535. flashmq.conf: max_string_length.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	StringBytes *int32 `json:"stringBytes,omitempty"`
}

// LogLevel is the least severe kind of line that is logged.
//
// +kubebuilder:validation:Enum=Debug;Info;Notice;Warning;Error;None
type LogLevel string

// The levels.
const (
	LogDebug   LogLevel = "Debug"
	LogInfo    LogLevel = "Info"
	LogNotice  LogLevel = "Notice"
	LogWarning LogLevel = "Warning"
	LogError   LogLevel = "Error"
	LogNone    LogLevel = "None"
)

// LogFormat is how a log line is written.
//
// +kubebuilder:validation:Enum=JSON;Text
type LogFormat string

// The formats.
const (
	LogJSON LogFormat = "JSON"
	LogText LogFormat = "Text"
)

// Logging is what the broker writes to standard output.
type Logging struct {
	// level is the least severe kind of line that is logged. flashmq.conf: log_level.
	// +optional
	// +kubebuilder:default=Info
	Level LogLevel `json:"level,omitempty"`

	// format of a line. A change restarts the broker. flashmq.conf: log_format.
	// +optional
	// +kubebuilder:default=JSON
	Format LogFormat `json:"format,omitempty"`

	// subscriptions logs every SUBSCRIBE and UNSUBSCRIBE. flashmq.conf: log_subscriptions.
	// +optional
	// +kubebuilder:default=false
	Subscriptions *bool `json:"subscriptions,omitempty"`
}

// Auth is who is let in.
type Auth struct {
	// anonymous lets Clients in that present no user name. flashmq.conf: allow_anonymous.
	// +optional
	// +kubebuilder:default=false
	Anonymous *bool `json:"anonymous,omitempty"`
}
