{{- define "operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "operator.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "operator.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* What is not in a namespace: releases of the same name in two namespaces must not share it. */}}
{{- define "operator.clusterName" -}}
{{- if eq (include "operator.fullname" .) .Release.Namespace }}
{{- .Release.Namespace }}
{{- else }}
{{- printf "%s-%s" .Release.Namespace (include "operator.fullname" .) }}
{{- end }}
{{- end }}

{{- define "operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "operator.labels" -}}
{{- $own := include "operator.selectorLabels" . | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") }}
{{- mergeOverwrite (deepCopy .Values.commonLabels) $own | toYaml }}
{{- end }}

{{- define "operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* All that the operator may do with resets and their connections: find them, write their status, delete
resets whose time to live is over, read the ConfigMaps and Secrets that they name, and tell events. */}}
{{- define "operator.rules" -}}
- apiGroups: [offsetreset.io]
  resources: [offsetresets]
  verbs: [get, list, watch, delete]
- apiGroups: [offsetreset.io]
  resources: [offsetresets/status]
  verbs: [update]
- apiGroups: [offsetreset.io]
  resources: [kafkaconnections]
  verbs: [get, list, watch]
- apiGroups: [offsetreset.io]
  resources: [kafkaconnections/status]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* What ClusterKafkaConnections need in the whole cluster: themselves, and the labels of the namespaces that
they may admit. */}}
{{- define "operator.clusterConnectionRules" -}}
- apiGroups: [offsetreset.io]
  resources: [clusterkafkaconnections]
  verbs: [get, list, watch]
- apiGroups: [offsetreset.io]
  resources: [clusterkafkaconnections/status]
  verbs: [update]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- end }}

{{- /* And in the operator's own namespace: what they name. */}}
{{- define "operator.clusterCredentialRules" -}}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end }}

{{- /* Whether a leader is elected: "true", or nothing. */}}
{{- define "operator.electsLeader" -}}
{{- if kindIs "bool" .Values.leaderElection.enabled }}
{{- if .Values.leaderElection.enabled }}true{{ end }}
{{- else if gt (int .Values.replicas) 1 }}true{{ end }}
{{- end }}

{{- /* What the election needs, in the operator's own namespace. Whoever creates a Lease can't be held to its
name. */}}
{{- define "operator.leaseRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [offset-reset-operator]
  verbs: [get, update]
{{- if .Values.watchNamespaces }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}
{{- end }}

{{- /* How Prometheus reads; of .interval and .scrapeTimeout. */}}
{{- define "operator.endpoint" -}}
- port: metrics
  path: /metrics
  {{- with .interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
{{- end }}
