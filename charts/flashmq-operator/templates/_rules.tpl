{{- /*
SPDX-License-Identifier: Apache-2.0
SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors
*/ -}}

{{- /* What the operator does to brokers and their children, in the namespaces that it looks after.
deploy/operator/base/cluster_role.yaml says why. */ -}}
{{- define "flashmq-operator.rules" -}}
- apiGroups: [flashmq.io]
  resources: [flashmqbrokers]
  verbs: [get, list, watch]
- apiGroups: [flashmq.io]
  resources: [flashmqbrokers/status]
  verbs: [patch]
- apiGroups: [flashmq.io]
  resources: [flashmqbrokers/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps, secrets, serviceaccounts, services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [prometheusrules, servicemonitors]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "flashmq-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "flashmq-operator.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
