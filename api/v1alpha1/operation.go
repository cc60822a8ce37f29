// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// Drain is how the broker lets its Clients go before it ends.
type Drain struct {
	// ratePerSecond is how many Clients are disconnected in a second, with jitter; 0 means all at
	// once. flashmq.conf: drain_rate.
	// +optional
	// +kubebuilder:default=500
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	RatePerSecond *int32 `json:"ratePerSecond,omitempty"`

	// deadlineSeconds is when the rest is disconnected at once. The grace period of the pod is
	// computed from it. flashmq.conf: drain_deadline.
	// +optional
	// +kubebuilder:default=60
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	DeadlineSeconds *int32 `json:"deadlineSeconds,omitempty"`

	// serverReference is sent to MQTT 5 Clients as the server to use instead. flashmq.conf:
	// server_reference.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^[!-~]([ -~]*[!-~])?$`
	ServerReference string `json:"serverReference,omitempty"`
}

// UpdateStrategy is when a change that needs a restart takes place.
//
// +kubebuilder:validation:Enum=Automatic;Manual;Windows
type UpdateStrategy string

// The strategies.
const (
	UpdateAutomatic UpdateStrategy = "Automatic"
	// UpdateManual waits until ApproveAnnotation has the revision that waits.
	UpdateManual  UpdateStrategy = "Manual"
	UpdateWindows UpdateStrategy = "Windows"
)

// UpgradePolicy is which versions the operator chooses by itself.
//
// +kubebuilder:validation:Enum=Pinned;Patch
type UpgradePolicy string

// The policies.
const (
	UpgradesPinned UpgradePolicy = "Pinned"
	UpgradesPatch  UpgradePolicy = "Patch"
)

// Update is when the broker may be restarted.
//
// +kubebuilder:validation:XValidation:rule="!has(self.strategy) || self.strategy != 'Windows' || has(self.windows)",message="strategy Windows needs windows: say when the broker may be restarted",fieldPath=".windows"
// +kubebuilder:validation:XValidation:rule="!has(self.windows) || self.strategy == 'Windows'",message="windows have no effect with this strategy: set strategy to Windows, or leave windows out",fieldPath=".windows"
type Update struct {
	// strategy is when a change that needs a restart takes place: at once, after the annotation
	// flashmq.io/approve names the revision that waits, or in windows.
	// +optional
	// +kubebuilder:default=Automatic
	Strategy UpdateStrategy `json:"strategy,omitempty"`

	// windows are when restarts may begin.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Windows []UpdateWindow `json:"windows,omitempty"`

	// upgrades Patch follows the patch releases that the operator brings; Pinned stays with what
	// status.image says until spec.version or spec.image changes.
	// +optional
	// +kubebuilder:default=Pinned
	Upgrades UpgradePolicy `json:"upgrades,omitempty"`
}

// UpdateWindow is a time in which restarts may begin.
type UpdateWindow struct {
	// cron is when the window opens: minute, hour, day of the month, month, day of the week.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[-0-9A-Za-z*,/?]+( [-0-9A-Za-z*,/?]+){4}$`
	Cron string `json:"cron,omitempty"`

	// durationMinutes is how long it stays open.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10080
	DurationMinutes int32 `json:"durationMinutes,omitempty"`

	// timeZone that cron is in, such as Europe/Amsterdam.
	// +optional
	// +kubebuilder:default=UTC
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][-A-Za-z0-9_+]*(/[-A-Za-z0-9_+]+)*$`
	TimeZone string `json:"timeZone,omitempty"`
}

// DisruptionBudgetMode is whether the operator makes a PodDisruptionBudget.
//
// +kubebuilder:validation:Enum=Auto;Disabled
type DisruptionBudgetMode string

// The modes. Auto makes one where there are several pods: one for a single pod would only keep
// nodes from being drained.
const (
	DisruptionBudgetAuto     DisruptionBudgetMode = "Auto"
	DisruptionBudgetDisabled DisruptionBudgetMode = "Disabled"
)

// NetworkPolicyMode is whether the operator makes a NetworkPolicy.
//
// +kubebuilder:validation:Enum=Disabled;Enabled
type NetworkPolicyMode string

// The modes.
const (
	NetworkPolicyDisabled NetworkPolicyMode = "Disabled"
	NetworkPolicyEnabled  NetworkPolicyMode = "Enabled"
)
