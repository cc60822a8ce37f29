{{- /*
SPDX-License-Identifier: Apache-2.0
SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors
*/ -}}

{{- define "flashmq-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* What all names begin with: the release, and the chart if the release does not say so. */ -}}
{{- define "flashmq-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "flashmq-operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "flashmq-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "flashmq-operator.selector" -}}
app.kubernetes.io/name: {{ include "flashmq-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flashmq-operator.podLabels" -}}
{{ include "flashmq-operator.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: flashmq
{{- end }}

{{- /* The metadata of an object: dict "root" $ "name" NAME, and "namespace", "labels",
"annotations". What the chart itself sets wins. */ -}}
{{- define "flashmq-operator.metadata" -}}
{{- $ours := include "flashmq-operator.podLabels" .root | fromYaml }}
{{- $_ := set $ours "app.kubernetes.io/managed-by" .root.Release.Service }}
{{- $_ := set $ours "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version
  | replace "+" "_") }}
{{- $annotations := merge (dict) (default dict .annotations) .root.Values.commonAnnotations -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- toYaml (merge $ours (default dict .labels) .root.Values.commonLabels) | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The name of an image: dict "root" $ "image" VALUES. */ -}}
{{- define "flashmq-operator.image" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry }}
{{- $name := printf "%s/%s" $registry .image.repository | trimPrefix "/" }}
{{- if .image.digest }}
{{- printf "%s@%s" $name .image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) }}
{{- end }}
{{- end }}
