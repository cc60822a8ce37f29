// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// MonitorMode is whether the operator makes a ServiceMonitor.
//
// +kubebuilder:validation:Enum=Auto;Enabled;Disabled
type MonitorMode string

// The modes. Auto makes one where the cluster knows the Kind.
const (
	MonitorAuto     MonitorMode = "Auto"
	MonitorEnabled  MonitorMode = "Enabled"
	MonitorDisabled MonitorMode = "Disabled"
)

// Metrics is what is made for Prometheus and Grafana. The broker's metrics page is always there.
type Metrics struct {
	// serviceMonitor tells the Prometheus operator where the metrics are.
	// +optional
	// +kubebuilder:default={}
	ServiceMonitor *ServiceMonitor `json:"serviceMonitor,omitempty"`

	// rules are alerts for the Prometheus operator.
	// +optional
	// +kubebuilder:default={}
	Rules *MetricsExtra `json:"rules,omitempty"`

	// dashboard is a ConfigMap with a dashboard for Grafana.
	// +optional
	// +kubebuilder:default={}
	Dashboard *MetricsExtra `json:"dashboard,omitempty"`
}

// ServiceMonitor tells the Prometheus operator where the metrics are.
type ServiceMonitor struct {
	// mode Auto makes one where the cluster knows the Kind.
	// +optional
	// +kubebuilder:default=Auto
	Mode MonitorMode `json:"mode,omitempty"`

	// interval between two readings, in seconds or minutes, such as 30s.
	// +optional
	// +kubebuilder:default="30s"
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]*[sm]$`
	Interval string `json:"interval,omitempty"`

	// labels by which a Prometheus chooses its ServiceMonitors.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Labels map[string]string `json:"labels,omitempty"`

	// relabelings of the target.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Relabelings []Relabeling `json:"relabelings,omitempty"`

	// metricRelabelings of each metric.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	MetricRelabelings []Relabeling `json:"metricRelabelings,omitempty"`
}

// Relabeling is one step of Prometheus' relabeling; the fields mean what they mean there.
type Relabeling struct {
	// action is what is done.
	// +required
	// +kubebuilder:validation:Enum=replace;keep;drop;hashmod;labelmap;labeldrop;labelkeep;lowercase;uppercase;keepequal;dropequal
	Action string `json:"action,omitempty"`

	// sourceLabels are the labels whose values are put together.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=128
	SourceLabels []string `json:"sourceLabels,omitempty"`

	// separator is put between them; a semicolon when absent.
	// +optional
	// +kubebuilder:validation:MinLength=0
	// +kubebuilder:validation:MaxLength=16
	Separator *string `json:"separator,omitempty"`

	// targetLabel is the label that is written.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	TargetLabel string `json:"targetLabel,omitempty"`

	// regex that the values must match; any when absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Regex string `json:"regex,omitempty"`

	// modulus of hashmod.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4294967295
	Modulus int64 `json:"modulus,omitempty"`

	// replacement is what is written; the first group of regex when absent.
	// +optional
	// +kubebuilder:validation:MinLength=0
	// +kubebuilder:validation:MaxLength=1024
	Replacement *string `json:"replacement,omitempty"`
}

// ExtraMode is whether the operator makes something.
//
// +kubebuilder:validation:Enum=Disabled;Enabled
type ExtraMode string

// The modes.
const (
	ExtraDisabled ExtraMode = "Disabled"
	ExtraEnabled  ExtraMode = "Enabled"
)

// MetricsExtra is an object that goes with the metrics.
type MetricsExtra struct {
	// mode is whether it is made.
	// +optional
	// +kubebuilder:default=Disabled
	Mode ExtraMode `json:"mode,omitempty"`

	// labels by which it is found.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Labels map[string]string `json:"labels,omitempty"`
}
